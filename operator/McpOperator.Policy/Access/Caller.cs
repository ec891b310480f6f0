namespace McpOperator.Policy;

/// <summary>Where a session's name was read.</summary>
public enum SessionSource
{
    /// <summary>In the request's own header: the caller means this session.</summary>
    Header,

    /// <summary>
    /// In a claim of the token. Identity providers put ids of their own logins into <c>sid</c>, so that one that we do not know is no session
    /// of ours rather than a wrong one.
    /// </summary>
    Claim,
}

/// <summary>Who calls, as far as a valid token says so. Nothing in here comes from a header but the session's name, which is bound to the rest.</summary>
public sealed record Caller
{
    /// <summary>Somebody without a token.</summary>
    public static Caller Anonymous { get; } = new();

    /// <summary>Whether a valid token was presented.</summary>
    public bool IsAuthenticated { get; init; }

    /// <summary>The user, as the token names it.</summary>
    public string? User { get; init; }

    /// <summary>The agent that acts for the user, as the token names it.</summary>
    public string? Agent { get; init; }

    /// <summary>The OAuth client that the token was given to: whose calls are counted.</summary>
    public string? Client { get; init; }

    /// <summary>The user's groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The token's scopes.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The name of the session that the caller presents.</summary>
    public string? Session { get; init; }

    /// <summary>Where that name was read.</summary>
    public SessionSource SessionSource { get; init; }
}
