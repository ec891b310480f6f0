namespace McpOperator.Api.Configuration;

/// <summary>
/// The Redis or Valkey in which all pods of a server count tool calls together, so that limits are exact whatever the number of pods. Without
/// <see cref="Url"/> each pod counts for itself, and a server with three pods lets through up to three times as many.
/// </summary>
public sealed record SharedLimitSettings
{
    /// <summary>
    /// Where it is found, such as <c>rediss://valkey.limits.svc:6379</c>; <c>rediss</c> is with TLS. One primary: neither Sentinel nor a
    /// cluster that redirects its clients.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>Whether <see cref="Url"/> may be without TLS. The password, too, can be read on the way then.</summary>
    public bool Insecure { get; init; }

    /// <summary>PEM certificates of the only authorities from which its certificate may come; absent: those of the proxy's image.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>
    /// The Secret with <c>password</c>, and with <c>username</c> where that is not <c>default</c>, in the namespace of every server. Who may
    /// read a tenant's Secrets reads this one, so each tenant needs a user of its own that reaches no keys but <c>prefix:tenant:*</c>
    /// (docs/access.md). Absent: nobody logs in.
    /// </summary>
    public string? SecretName { get; init; }

    /// <summary>Begins every key; tenant, namespace and server follow.</summary>
    public string KeyPrefix { get; init; } = "mcp";

    /// <summary>Milliseconds that counting a call may take, 10 to 10000; then it counts as away.</summary>
    public int TimeoutMilliseconds { get; init; } = 250;

    /// <summary>What happens to calls while it is away.</summary>
    public LimitFallback WhenUnavailable { get; init; } = LimitFallback.Deny;

    /// <summary>
    /// The pods or addresses that servers' isolation opens for it, with their ports. Absent: concluded from <see cref="Url"/>, where that
    /// is an address, or a Service (<c>name.namespace.svc…</c>) whose pods have the Service's port.
    /// </summary>
    public EgressPeer? Peer { get; init; }
}

/// <summary>What happens to calls while the shared counters are away, from strict to lax.</summary>
public enum LimitFallback
{
    /// <summary>They are refused (503, <c>limits_unavailable</c>).</summary>
    Deny,

    /// <summary>Each pod counts for itself, what it let through in the last minute included.</summary>
    PerPod,

    /// <summary>They go through uncounted.</summary>
    Allow,
}
