namespace McpOperator.Protocol;

/// <summary>Codes of JSON-RPC errors (JSON-RPC 2.0, section 5.1; MCP 2026-07-28, Base Protocol, "Error Codes").</summary>
public static class JsonRpcErrors
{
    /// <summary>The body is no JSON.</summary>
    public const int ParseError = -32700;

    /// <summary>The JSON is no message.</summary>
    public const int InvalidRequest = -32600;

    /// <summary>There is no such method.</summary>
    public const int MethodNotFound = -32601;

    /// <summary>The parameters are wrong; MCP answers so for an unknown tool.</summary>
    public const int InvalidParams = -32602;

    /// <summary>The receiver failed.</summary>
    public const int InternalError = -32603;

    /// <summary>Not one of the standard's: refused by policy, out of service, or a session that does not exist; <c>data.reason</c> says which.</summary>
    public const int Refused = -32001;

    /// <summary>MCP 2026-07-28: a header says something else than the body.</summary>
    public const int HeaderMismatch = -32020;

    /// <summary>MCP 2026-07-28: the client lacks a capability that the request needs.</summary>
    public const int MissingClientCapability = -32021;

    /// <summary>MCP 2026-07-28: the protocol revision is not spoken here; <c>data.supported</c> lists those that are.</summary>
    public const int UnsupportedProtocolVersion = -32022;
}
