namespace McpOperator.Objects;

/// <summary>Keeps a number of like pods running.</summary>
[KubernetesEntity(Group = "apps", Kind = "Deployment", PluralName = "deployments")]
public sealed record V1Deployment : KubernetesEntity
{
    /// <summary>How many of which pods.</summary>
    public V1DeploymentSpec Spec { get; init; } = new();

    /// <summary>How the pods fare.</summary>
    public V1DeploymentStatus? Status { get; init; }
}

/// <summary>How many of which pods.</summary>
public sealed record V1DeploymentSpec
{
    /// <summary>How many pods.</summary>
    public int? Replicas { get; init; }

    /// <summary>The labels by which the Deployment knows its pods; never changes.</summary>
    public V1LabelSelector Selector { get; init; } = new();

    /// <summary>The pods.</summary>
    public V1PodTemplateSpec Template { get; init; } = new();

    /// <summary>How many old ReplicaSets are kept for a rollback.</summary>
    public int? RevisionHistoryLimit { get; init; }
}

/// <summary>How a Deployment's pods fare.</summary>
public sealed record V1DeploymentStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods in all.</summary>
    public int? Replicas { get; init; }

    /// <summary>Pods of the newest template.</summary>
    public int? UpdatedReplicas { get; init; }

    /// <summary>Pods that may get requests.</summary>
    public int? ReadyReplicas { get; init; }

    /// <summary>Pods that have been ready for long enough.</summary>
    public int? AvailableReplicas { get; init; }

    /// <summary><c>Available</c>, <c>Progressing</c>, <c>ReplicaFailure</c>.</summary>
    public IReadOnlyList<V1ObservedCondition>? Conditions { get; init; }
}
