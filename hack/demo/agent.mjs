// What an agent does, by the official SDK's client, in a pod of its own: node agent.mjs URL [TOOL ARGUMENTS]
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, tool, args = '{}'] = process.argv.slice(2);
const client = new Client({ name: 'demo-agent', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
try {
  if (tool === undefined) {
    console.log('tools/list:', (await client.listTools()).tools.map(({ name }) => name).join(', '));
  } else {
    const { content } = await client.callTool({ name: tool, arguments: JSON.parse(args) });
    console.log(`tools/call ${tool} ${args}:`, content.map(({ type, text }) => text ?? `(${type})`).join(' '));
  }
} catch (error) {
  console.log(`tools/call ${tool} ${args}: refused: ${error.message}`);
} finally {
  await client.close();
}
