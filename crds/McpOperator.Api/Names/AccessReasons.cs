namespace McpOperator.Api;

/// <summary>
/// Why a call was let through or refused, one word for machines: in <c>error.data.reason</c> of JSON-RPC errors, audit lines, metrics and
/// <c>mcp-operator can</c>.
/// </summary>
public static class AccessReasons
{
    /// <summary>Let through: a grant covers the tool.</summary>
    public const string Granted = "granted";

    /// <summary>Let through: no grant speaks of the call, and the default decision is to allow.</summary>
    public const string DefaultAllow = "default_allow";

    /// <summary>Let through: the server asks for nothing but the tool filter (<c>access.mode: Open</c>).</summary>
    public const string Open = "open";

    /// <summary>Let through though it would have been refused (<c>access.mode: Observe</c>); the other reason stands beside it.</summary>
    public const string Observed = "observed";

    /// <summary>The server answers nobody, for example because it is suspended.</summary>
    public const string ServerClosed = "server_closed";

    /// <summary>There is no access token.</summary>
    public const string TokenMissing = "token_missing";

    /// <summary>The access token is not valid here: signature, issuer, audience, time or form.</summary>
    public const string TokenInvalid = "token_invalid";

    /// <summary>The issuer's keys cannot be read, and none are known from before.</summary>
    public const string IssuerUnavailable = "issuer_unavailable";

    /// <summary>The token lacks a scope that the tool needs.</summary>
    public const string InsufficientScope = "insufficient_scope";

    /// <summary>The server has no such tool, or does not show it.</summary>
    public const string UnknownTool = "unknown_tool";

    /// <summary>Grants or sessions are not known completely; what is missing could forbid the call.</summary>
    public const string AccessIncomplete = "access_incomplete";

    /// <summary>The caller has to name a session.</summary>
    public const string SessionRequired = "session_required";

    /// <summary>There is no such session.</summary>
    public const string SessionUnknown = "session_unknown";

    /// <summary>The session is another's. Callers read <see cref="SessionUnknown"/> instead, so that nobody finds out which names exist.</summary>
    public const string SessionForeign = "session_foreign";

    /// <summary>The session was revoked.</summary>
    public const string SessionRevoked = "session_revoked";

    /// <summary>The session has ended.</summary>
    public const string SessionExpired = "session_expired";

    /// <summary>No grant is for the caller.</summary>
    public const string NoGrant = "no_grant";

    /// <summary>A grant's rule forbids the caller the tool.</summary>
    public const string ToolDenied = "tool_denied";

    /// <summary>The caller's grants do not speak of the tool.</summary>
    public const string ToolNotGranted = "tool_not_granted";

    /// <summary>The caller's grants do not allow what the tool can do to the world.</summary>
    public const string SideEffectNotAllowed = "side_effect_not_allowed";

    /// <summary>The lower of what the grant and the session's consent trust the caller with is not enough for the tool.</summary>
    public const string TrustTooLow = "trust_too_low";

    /// <summary>Too many calls in the last minute.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The shared counters of the rate limits cannot be reached, and the configuration says to refuse then.</summary>
    public const string LimitsUnavailable = "limits_unavailable";
}
