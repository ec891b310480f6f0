namespace McpOperator.Api;

/// <summary>Where the proxy answers.</summary>
public static class ProxyPaths
{
    /// <summary>Clients: streamable HTTP (MCP 2025-03-26 and later).</summary>
    public const string Mcp = "/mcp";

    /// <summary>Clients: HTTP+SSE (MCP 2024-11-05), the stream.</summary>
    public const string Sse = "/sse";

    /// <summary>Clients: HTTP+SSE, where messages are posted.</summary>
    public const string Messages = "/messages";

    /// <summary>Both ports: the process lives.</summary>
    public const string Health = "/healthz";

    /// <summary>Clients' port: the server has completed a handshake, and there is a policy.</summary>
    public const string Ready = "/readyz";

    /// <summary>Metrics' port: Prometheus' text.</summary>
    public const string Metrics = "/metrics";

    /// <summary>Metrics' port: the policy in force.</summary>
    public const string Policy = "/policyz";

    /// <summary>Metrics' port: the tools that the server was seen to have.</summary>
    public const string Surface = "/surfacez";

    /// <summary>Metrics' port: answered when the pod that is told to stop has answered its clients, so that its server may stop too.</summary>
    public const string Drain = "/drainz";
}
