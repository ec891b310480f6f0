// One session, by the SDK's first version, which speaks up to 2025-11-25, or by its second, made to speak 2026-07-28.
export async function connect(revision, url, { onNotification, fetch, headers, credentials } = {}) {
  const modern = revision === '2026-07-28';
  const { Client, StreamableHTTPClientTransport, ClientCredentialsProvider } = modern ? await import('@modelcontextprotocol/client') : await first();
  const client = new Client({ name: 'mcp-test-client', version: '1.0.0' }, {
    capabilities: { sampling: {}, elicitation: {}, roots: {} },
    ...(modern && { versionNegotiation: { mode: { pin: revision } } }),
  });
  client.fallbackNotificationHandler = async notification => onNotification?.(notification);
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    ...(fetch && { fetch }),
    ...(headers && { requestInit: { headers } }),
    ...(credentials && { authProvider: new ClientCredentialsProvider(credentials) }),
  });
  await client.connect(transport);
  return {
    client,
    id: transport.sessionId,
    revision: client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion,
    // The first version takes a schema for the result before its options.
    options: options => modern ? [options] : [undefined, options],
    listTools: async () => {
      const tools = [];
      let cursor;
      do {
        const page = await client.listTools({ ...(cursor !== undefined && { cursor }) });
        tools.push(...page.tools);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return tools;
    },
    end: () => transport.terminateSession(),
  };
}

async function first() {
  const [{ Client }, { StreamableHTTPClientTransport }, { ClientCredentialsProvider }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/auth-extensions.js'),
  ]);
  return { Client, StreamableHTTPClientTransport, ClientCredentialsProvider };
}
