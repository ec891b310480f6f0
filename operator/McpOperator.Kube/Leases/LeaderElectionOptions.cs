namespace McpOperator.Kube;

/// <summary>For which lease, and with how much patience.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>The lease's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The lease's name.</summary>
    public required string Name { get; init; }

    /// <summary>Our name; no other candidate may have it. The pod's name with something random.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others wait after the last renewal that they saw, until they take the lease.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a leader goes on without a successful renewal. Less than <see cref="LeaseDuration"/>, so that two never lead.
    /// </summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to renew, or to look whether the lease is free.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
