#!/usr/bin/env node
// node server.mjs stdio
// node server.mjs http [--port 8080] [--host 127.0.0.1]
import { parseArgs } from 'node:util';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { makeServer } from './fixture.mjs';
import { serveHttp } from './http.mjs';

const { positionals: [face], values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: process.env.PORT ?? '8080' },
    host: { type: 'string', default: '127.0.0.1' },
  },
});

if (face === 'stdio') {
  serveStdio(context => makeServer(context, {}), { onerror: error => console.error(error.message) });
} else if (face === 'http') {
  const server = await serveHttp(makeServer, { host: values.host, port: Number(values.port) });
  console.error(`listening on http://${values.host}:${server.address().port}/mcp`);
  process.on('SIGTERM', () => process.exit(0));
} else {
  console.error('usage: server.mjs stdio | http [--port 8080] [--host 127.0.0.1]');
  process.exit(2);
}
