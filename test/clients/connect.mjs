// One session, by the SDK's first version, which speaks up to 2025-11-25, or by its second, made to speak 2026-07-28.
export async function connect(revision, url, { onNotification, fetch, headers, credentials, login } = {}) {
  const modern = revision === '2026-07-28';
  const { Client, StreamableHTTPClientTransport, ClientCredentialsProvider, UnauthorizedError } = modern ? await import('@modelcontextprotocol/client') : await first();
  const client = new Client({ name: 'mcp-test-client', version: '1.0.0' }, {
    capabilities: { sampling: {}, elicitation: {}, roots: {} },
    ...(modern && { versionNegotiation: { mode: { pin: revision } } }),
  });
  client.fallbackNotificationHandler = async notification => onNotification?.(notification);
  const authProvider = login ? new Login(login) : credentials && new ClientCredentialsProvider(credentials);
  let transport;
  const withLogin = async operation => {
    try {
      return await operation();
    } catch (error) {
      if (!login || !(error instanceof UnauthorizedError)) throw error;
      await transport.finishAuth(...authProvider.answer);
      return operation();
    }
  };
  await withLogin(() => {
    transport = new StreamableHTTPClientTransport(new URL(url), {
      ...(fetch && { fetch }),
      ...(headers && { requestInit: { headers } }),
      ...(authProvider && { authProvider }),
    });
    return client.connect(transport);
  });
  return {
    client,
    withLogin,
    scopesAskedFor: () => authProvider.scopes,
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

// A person at a browser, for whom the stand-in's login_hint stands in: logs in, consents, and comes back with a code.
class Login {
  scopes = [];

  constructor({ clientId, redirectUri, user }) {
    Object.assign(this, { clientId, redirectUrl: redirectUri, user });
  }

  get clientMetadata() {
    return { redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };
  }

  clientInformation = () => ({ client_id: this.clientId });
  tokens = () => this.kept;
  saveTokens = tokens => { this.kept = tokens; };
  codeVerifier = () => this.verifier;
  saveCodeVerifier = verifier => { this.verifier = verifier; };

  async redirectToAuthorization(url) {
    this.scopes.push(url.searchParams.get('scope'));
    url.searchParams.set('login_hint', this.user);
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location')).searchParams;
    if (!back.get('code')) throw new Error(back.get('error'));
    this.answer = [back.get('code'), back.get('iss')];
  }
}

async function first() {
  const [{ Client }, { StreamableHTTPClientTransport }, { ClientCredentialsProvider }, { UnauthorizedError }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/auth-extensions.js'),
    import('@modelcontextprotocol/sdk/client/auth.js'),
  ]);
  return { Client, StreamableHTTPClientTransport, ClientCredentialsProvider, UnauthorizedError };
}
