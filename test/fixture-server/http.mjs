// The HTTP face: sessions for clients up to 2025-11-25, single requests for those of 2026-07-28, at one address.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { localhostHostValidation, localhostOriginValidation, NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';

const bodyLimit = 16 * 1024 * 1024;

export async function serveHttp(makeServer, { host, port }) {
  const modern = createMcpHandler(context => makeServer(context, { notifier: modern.notify }), {
    legacy: 'reject',
    maxRequestBodySize: bodyLimit,
    onerror: error => console.error(error.message),
  });
  const serveModern = toNodeHandler(modern, { maxRequestBodySize: bodyLimit });
  const sessions = new Map();
  const hostIsGood = localhostHostValidation();
  const originIsGood = localhostOriginValidation();

  const server = createServer(async (request, response) => {
    try {
      if (new URL(request.url, 'http://localhost').pathname !== '/mcp') {
        response.writeHead(404).end();
        return;
      }
      if (!hostIsGood(request, response) || !originIsGood(request, response)) {
        return; // it has answered
      }
      const body = request.method === 'POST' ? await read(request) : undefined;
      if (body instanceof Error) {
        answer(response, 400, -32700, 'Parse error');
      } else if (await isLegacyRequest(await toWebRequest(request, body), body)) {
        await serveLegacy(request, response, body);
      } else {
        await serveModern(request, response, body);
      }
    } catch (error) {
      console.error(error);
      if (!response.headersSent) {
        answer(response, 500, -32603, 'Internal error');
      }
    }
  });

  async function serveLegacy(request, response, body) {
    const id = request.headers['mcp-session-id'];
    if (id !== undefined && !sessions.has(id)) {
      answer(response, 404, -32001, 'Session not found');
      return;
    }
    const transport = sessions.get(id) ?? await open();
    await transport.handleRequest(request, response, body);
  }

  async function open() {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new Events(),
      retryInterval: 500,
      onsessioninitialized: id => void sessions.set(id, transport),
      onsessionclosed: id => void sessions.delete(id),
    });
    await makeServer({ era: 'legacy' }, {}).connect(transport);
    return transport;
  }

  await new Promise(resolve => server.listen(port, host, resolve));
  return server;
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    return error;
  }
}

function answer(response, status, code, message) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }));
}

/** What a session has sent, so that a client that lost its stream gets the rest. */
class Events {
  #sent = [];

  async storeEvent(stream, message) {
    this.#sent.push({ stream, message });
    return String(this.#sent.length);
  }

  async getStreamIdForEventId(id) {
    return this.#sent[Number(id) - 1]?.stream;
  }

  async replayEventsAfter(last, { send }) {
    const stream = await this.getStreamIdForEventId(last);
    for (let i = Number(last); i < this.#sent.length; i++) {
      if (this.#sent[i].stream === stream) {
        await send(String(i + 1), this.#sent[i].message);
      }
    }
    return stream;
  }
}
