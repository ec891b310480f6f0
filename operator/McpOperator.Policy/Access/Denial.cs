using McpOperator.Api;

namespace McpOperator.Policy;

/// <summary>A refusal as the caller reads it.</summary>
/// <param name="HttpStatus">The status of the HTTP answer.</param>
/// <param name="Code">The code of the JSON-RPC error.</param>
/// <param name="Reason">The word in <c>error.data.reason</c>.</param>
/// <param name="Message">What is wrong and what would help.</param>
public sealed record Denial(int HttpStatus, int Code, string Reason, string Message)
{
    /// <summary>JSON-RPC: invalid params. MCP asks for it for unknown tools.</summary>
    public const int InvalidParams = -32602;

    /// <summary>Ours, from JSON-RPC's range for servers: the call is not allowed.</summary>
    public const int NotAllowed = -32003;

    /// <summary>Ours, from JSON-RPC's range for servers: who calls is not known.</summary>
    public const int NotAuthenticated = -32001;

    /// <summary>Ours, from JSON-RPC's range for servers: not now.</summary>
    public const int NotNow = -32004;

    /// <summary>The refusal that a decision means to its caller. It never tells more than the caller may know.</summary>
    /// <param name="decision">A decision that refuses.</param>
    /// <param name="tool">The tool's name as the caller wrote it; nothing where the call was of none.</param>
    public static Denial Of(in AccessDecision decision, string? tool) => decision.Reason switch
    {
        AccessReasons.UnknownTool => new(200, InvalidParams, AccessReasons.UnknownTool, decision.Detail is { } detail ? $"Unknown tool: {tool}. {detail}" : $"Unknown tool: {tool}"),
        AccessReasons.TokenMissing => new(401, NotAuthenticated, decision.Reason, "An access token is needed: Authorization: Bearer <token>."),
        AccessReasons.TokenInvalid => new(401, NotAuthenticated, decision.Reason, decision.Detail ?? "The access token is not valid here."),
        AccessReasons.InsufficientScope => new(403, NotAllowed, decision.Reason, $"The token lacks a scope; the call needs: {string.Join(' ', decision.Scopes ?? [])}."),
        AccessReasons.SessionRequired => new(401, NotAuthenticated, decision.Reason, $"A session is needed: send the name of an MCPAgentSession in the header {Headers.AgentSession}."),
        AccessReasons.SessionUnknown or AccessReasons.SessionForeign => new(401, NotAuthenticated, AccessReasons.SessionUnknown, "There is no such session for this user and agent; ask for a new one."),
        AccessReasons.SessionRevoked => new(401, NotAuthenticated, decision.Reason, "The session was revoked; only a new one, with another name, can follow it."),
        AccessReasons.SessionExpired => new(401, NotAuthenticated, decision.Reason, "The session has ended; ask the user for a new one."),
        AccessReasons.NoGrant => new(403, NotAllowed, decision.Reason, "No MCPAccessGrant of this server is for this user and agent; ask the server's owners for one."),
        AccessReasons.ToolDenied => new(403, NotAllowed, decision.Reason, $"A grant denies '{tool}' to this caller."),
        AccessReasons.ToolNotGranted => new(403, NotAllowed, decision.Reason, $"No grant of this caller speaks of '{tool}'; ask the server's owners to add it."),
        AccessReasons.SideEffectNotAllowed => new(403, NotAllowed, decision.Reason, $"No grant of this caller allows what '{tool}' can do to the world; ask the server's owners to allow its side effect."),
        AccessReasons.TrustTooLow => new(403, NotAllowed, decision.Reason,
            $"'{tool}' requires trust {Word(decision.RequiredTrust)}, and the caller has {Word(decision.Trust)}: the lower of the grant's maxTrust and the session's consentedTrust, low without a session."),
        AccessReasons.RateLimited => new(429, NotNow, decision.Reason, decision.Detail ?? "Too many calls in the last minute; try again later."),
        _ => new(503, NotNow, decision.Reason, decision.Detail ?? "The server cannot answer now; try again later."),
    };

    private static string Word(Api.V1Alpha1.TrustLevel? trust) => trust is { } level ? AccessDecider.Word(level) : "none";
}
