namespace McpOperator.Protocol;

/// <summary>Members of <c>_meta</c> that the protocol itself defines (MCP 2026-07-28, Base Protocol, "_meta").</summary>
public static class McpMeta
{
    /// <summary>Of every request: the protocol revision.</summary>
    public const string ProtocolVersion = "io.modelcontextprotocol/protocolVersion";

    /// <summary>Of every request: which program the client is.</summary>
    public const string ClientInfo = "io.modelcontextprotocol/clientInfo";

    /// <summary>Of every request: what the client can do.</summary>
    public const string ClientCapabilities = "io.modelcontextprotocol/clientCapabilities";

    /// <summary>Of a request: the least grave level of log messages that it wants back.</summary>
    public const string LogLevel = "io.modelcontextprotocol/logLevel";

    /// <summary>Of a notification: the <c>subscriptions/listen</c> request to which it belongs.</summary>
    public const string SubscriptionId = "io.modelcontextprotocol/subscriptionId";

    /// <summary>Of a request: the token under which progress is reported.</summary>
    public const string ProgressToken = "progressToken";

    internal static readonly string[] All = [ProtocolVersion, ClientInfo, ClientCapabilities, LogLevel, SubscriptionId, ProgressToken];
}
