using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>A lock with a time limit: who holds it leads.</summary>
[KubernetesEntity(Group = "coordination.k8s.io", Kind = "Lease", PluralName = "leases")]
public sealed record V1Lease : KubernetesEntity
{
    /// <summary>Who holds it and for how long.</summary>
    public V1LeaseSpec Spec { get; init; } = new();
}

/// <summary>Who holds a lease and for how long.</summary>
public sealed record V1LeaseSpec
{
    /// <summary>The holder.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>Seconds after the last renewal until others may take it.</summary>
    public int? LeaseDurationSeconds { get; init; }

    /// <summary>When the holder took it.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTime? AcquireTime { get; init; }

    /// <summary>When the holder renewed it last.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTime? RenewTime { get; init; }

    /// <summary>How often the holder changed.</summary>
    public int? LeaseTransitions { get; init; }
}
