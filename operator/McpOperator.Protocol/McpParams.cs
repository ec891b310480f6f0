namespace McpOperator.Protocol;

/// <summary>Members of <c>params</c> that decide what a message does.</summary>
public static class McpParams
{
    /// <summary>Of <c>tools/call</c> and <c>prompts/get</c>: the name.</summary>
    public const string Name = "name";

    /// <summary>Of <c>tools/call</c> and <c>prompts/get</c>: the arguments.</summary>
    public const string Arguments = "arguments";

    /// <summary>Of <c>resources/read</c> and its kin: the address.</summary>
    public const string Uri = "uri";

    /// <summary>Of lists: where to go on.</summary>
    public const string Cursor = "cursor";

    /// <summary>Of every message: what the protocol and its extensions add.</summary>
    public const string Meta = "_meta";

    /// <summary>Of <c>initialize</c>: the protocol revision.</summary>
    public const string ProtocolVersion = "protocolVersion";

    /// <summary>Of <c>initialize</c>: what the client can do.</summary>
    public const string Capabilities = "capabilities";

    /// <summary>Of <c>initialize</c>: which program the client is.</summary>
    public const string ClientInfo = "clientInfo";

    /// <summary>Of <c>notifications/cancelled</c>: the request that nobody waits for any more.</summary>
    public const string RequestId = "requestId";

    /// <summary>Of a request that is tried again (2026-07-28): what the server asked for.</summary>
    public const string InputResponses = "inputResponses";

    /// <summary>Of a request that is tried again (2026-07-28): what the server wants to be told again.</summary>
    public const string RequestState = "requestState";

    /// <summary>Of a request that runs as a task (2025-11-25).</summary>
    public const string Task = "task";

    internal static readonly string[] All =
        [Name, Arguments, Uri, Cursor, Meta, ProtocolVersion, Capabilities, ClientInfo, RequestId, InputResponses, RequestState, Task];
}
