namespace McpOperator.Webhooks.Certificates;

/// <summary>How long certificates last, and how long others take to notice new ones.</summary>
public sealed record CertificateLifetimes
{
    /// <summary>How long a certificate authority lasts.</summary>
    public TimeSpan Authority { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long a serving certificate lasts.</summary>
    public TimeSpan Serving { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long after its publication every API server trusts a new authority, and every replica serves a new certificate.</summary>
    public TimeSpan Propagation { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a replica looks whether something is due, besides whenever the Secret changes.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Certificates begin this long ago: clocks differ.</summary>
    internal static TimeSpan Backdate { get; } = TimeSpan.FromMinutes(5);
}
