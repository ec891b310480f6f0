// Tools that answer by themselves, as the conformance suite describes them.
import { fromJsonSchema } from '@modelcontextprotocol/server';
import { png, sleep, text, wav } from './content.mjs';

const json2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

export function registerTools(server) {
  const tool = (name, description, handler) => server.registerTool(name, { description }, handler);

  tool('test_simple_text', 'Returns a text', () => text('This is a simple text response for testing.'));
  tool('test_image_content', 'Returns a picture', () => ({ content: [{ type: 'image', data: png, mimeType: 'image/png' }] }));
  tool('test_audio_content', 'Returns a sound', () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }));
  tool('test_embedded_resource', 'Returns a resource', () => ({
    content: [{
      type: 'resource',
      resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' },
    }],
  }));
  tool('test_multiple_content_types', 'Returns a text, a picture and a resource', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: png, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: JSON.stringify({ test: 'data', value: 123 }) },
      },
    ],
  }));
  tool('test_error_handling', 'Always fails', () => text('This tool intentionally returns an error for testing', { isError: true }));

  tool('test_tool_with_logging', 'Logs while it works', async context => {
    await context.mcpReq.log('info', 'Tool execution started');
    await sleep(50);
    await context.mcpReq.log('info', 'Tool processing data');
    await sleep(50);
    await context.mcpReq.log('info', 'Tool execution completed');
    return text('Tool with logging executed successfully');
  });
  tool('test_logging_tool', 'Logs, to a client that asked for it', async context => {
    await context.mcpReq.log('info', 'This is a log message');
    return text('logged');
  });
  tool('test_tool_with_progress', 'Says how far it is', async context => {
    const progressToken = context.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      }
      await sleep(50);
    }
    return text('Tool with progress executed successfully');
  });
  tool('test_reconnection', 'Closes its stream before it answers; a client gets the answer by coming back', async context => {
    context.http?.closeSSE?.();
    await sleep(100);
    return text('Reconnection test completed');
  });
  server.registerTool(
    'test_custom_header',
    {
      description: 'Has a parameter that clients repeat in a header, for those who route requests',
      inputSchema: fromJsonSchema({ type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } }, required: ['region'] }),
    },
    ({ region }) => text(region),
  );
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Tool with JSON Schema 2020-12 features', inputSchema: fromJsonSchema(json2020) },
    ({ name }) => text(`Hello, ${name ?? 'nobody'}`),
  );
}
