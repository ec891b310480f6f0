namespace McpOperator.Api;

/// <summary>
/// Why the proxy itself did not pass something on, beside <see cref="AccessReasons"/>: in <c>error.data.reason</c>, audit lines and metrics.
/// </summary>
public static class ProxyReasons
{
    /// <summary>A web page called that may not.</summary>
    public const string OriginNotAllowed = "origin_not_allowed";

    /// <summary>The body is no message that everybody reads alike.</summary>
    public const string Malformed = "malformed";

    /// <summary>The body is larger than allowed.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The body is no JSON by its own account.</summary>
    public const string NotJson = "not_json";

    /// <summary>A header is missing, stands twice, or says something else than the body.</summary>
    public const string HeaderMismatch = "header_mismatch";

    /// <summary>The protocol revision is not spoken here.</summary>
    public const string UnsupportedRevision = "unsupported_revision";

    /// <summary>There is no such session (any more), or it is another's.</summary>
    public const string SessionNotFound = "session_not_found";

    /// <summary>There are as many sessions as the proxy keeps.</summary>
    public const string TooManySessions = "too_many_sessions";

    /// <summary>There is no policy yet.</summary>
    public const string NoPolicy = "no_policy";

    /// <summary>The server has not completed a handshake yet.</summary>
    public const string NotReady = "not_ready";

    /// <summary>The server cannot be reached or broke off.</summary>
    public const string UpstreamFailed = "upstream_failed";

    /// <summary>The server took too long.</summary>
    public const string UpstreamTimeout = "upstream_timeout";

    /// <summary>The server's answer cannot be passed on, for example a list of tools that two clients could read differently.</summary>
    public const string UpstreamMalformed = "upstream_malformed";

    /// <summary>The proxy made a mistake.</summary>
    public const string Failed = "proxy_failed";

    /// <summary>A tool says something else than what was approved.</summary>
    public const string SurfaceDrift = "surface_drift";

    /// <summary>Another message of the same batch was refused.</summary>
    public const string BatchRefused = "batch_refused";

    /// <summary>The method does not exist in this protocol revision, or not on this path.</summary>
    public const string MethodNotAllowed = "method_not_allowed";
}
