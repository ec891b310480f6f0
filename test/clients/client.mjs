// The official SDK's client, driven by a test: node client.mjs URL [2025-11-25|2026-07-28]
// MCP_CLIENT_OPTIONS, a JSON object: "headers" of every request; "credentials" with which the SDK gets itself a token, or "login", the client and
// the user who logs in through it; "hosts", addresses of names that only the cluster knows.
// Reads one JSON object a line ({"id": 1, "op": "list"} and so on) and writes one a line: answers with their id, and notifications.
import { createInterface } from 'node:readline';
import { connect } from './connect.mjs';

const [url, revision = '2025-11-25'] = process.argv.slice(2);
const say = message => process.stdout.write(JSON.stringify(message) + '\n');

const { headers, credentials, login, hosts = {} } = JSON.parse(process.env.MCP_CLIENT_OPTIONS ?? '{}');

// The SDK keeps a refusal's status and text; its headers matter as well.
let refusal;
const watched = async (input, init) => {
  const target = new URL(input);
  target.host = hosts[target.host] ?? target.host;
  const response = await fetch(target, init);
  if (init?.method === 'POST') {
    refusal = response.ok ? undefined : {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      retryAfter: response.headers.get('retry-after'),
      body: await response.clone().text(),
    };
  }
  return response;
};

const session = await connect(revision, url, { onNotification: notification => say({ notification }), fetch: watched, headers, credentials, login })
  .catch(error => { say({ id: 0, error: described(error) }); process.exit(1); });
say({ id: 0, result: { session: session.id, revision: session.revision, server: session.client.getServerVersion() } });

const operations = {
  list: () => session.listTools(),
  call: ({ name, arguments: args = {}, progress }) => session.withLogin(() =>
    session.client.callTool({ name, arguments: args }, ...session.options(progress && { onprogress: report => say({ progress: report }) }))),
  prompts: async () => (await session.client.listPrompts()).prompts,
  resource: ({ uri }) => session.client.readResource({ uri }),
  ping: () => session.client.ping(),
  scopesAskedFor: async () => session.scopesAskedFor(),
  end: () => session.end(),
};

const underWay = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  const { id, op, ...parameters } = JSON.parse(line);
  // Not awaited here: a test may have several calls under way.
  const answered = operations[op](parameters)
    .then(result => say({ id, result: result ?? null }), error => say({ id, error: described(error) }))
    .finally(() => underWay.delete(answered));
  underWay.add(answered);
}
await Promise.all(underWay);
await session.client.close().catch(() => {});
process.exit(0);

function described(error) {
  return { code: error.code, message: error.message, data: error.data, refusal };
}
