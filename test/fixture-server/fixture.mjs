import { randomBytes } from 'node:crypto';
import { McpServer, createRequestStateCodec } from '@modelcontextprotocol/server';
import { registerAskingTools } from './asking.mjs';
import { registerOwnTools } from './own.mjs';
import { registerPrompts } from './prompts.mjs';
import { registerResources } from './resources.mjs';
import { registerTools } from './tools.mjs';

// What a client sends back is signed: the suite tampers with it.
export const states = createRequestStateCodec({ key: randomBytes(32) });

/**
 * One server, for one session (up to 2025-11-25) or one request (2026-07-28).
 *
 * @param context what the SDK knows of whom it serves
 * @param notifier tells all subscribers of changes; absent where a session tells its own client
 */
export function makeServer(context, { notifier }) {
  const server = new McpServer(
    { name: 'mcp-fixture-server', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
      requestState: { verify: states.verify },
    },
  );
  registerTools(server);
  registerAskingTools(server);
  registerOwnTools(server, notifier);
  registerResources(server);
  registerPrompts(server);
  return server;
}
