import { ResourceTemplate } from '@modelcontextprotocol/server';
import { png } from './content.mjs';

export function registerResources(server) {
  const resource = (name, uri, mimeType, content) => server.registerResource(
    name, uri, { description: `A resource for tests: ${name}`, mimeType }, () => ({ contents: [{ uri, mimeType, ...content }] }));

  resource('static-text', 'test://static-text', 'text/plain', { text: 'This is the content of the static text resource.' });
  resource('static-binary', 'test://static-binary', 'image/png', { blob: png });
  resource('watched-resource', 'test://watched-resource', 'text/plain', { text: 'Subscribe to me.' });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'A resource for each id', mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
    }),
  );

  const subscribed = new Set();
  server.server.setRequestHandler('resources/subscribe', ({ params }) => (subscribed.add(params.uri), {}));
  server.server.setRequestHandler('resources/unsubscribe', ({ params }) => (subscribed.delete(params.uri), {}));
}
