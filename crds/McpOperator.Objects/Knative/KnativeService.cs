namespace McpOperator.Objects;

/// <summary>A Knative Service: a workload that scales with its requests, down to zero, with revisions and traffic shares.</summary>
[KubernetesEntity(Group = "serving.knative.dev", Kind = "Service", PluralName = "services")]
public sealed record KnativeService : KubernetesEntity
{
    /// <summary>What to run and how to share the traffic.</summary>
    public KnativeServiceSpec Spec { get; init; } = new();

    /// <summary>How it fares.</summary>
    public KnativeServiceStatus? Status { get; init; }
}

/// <summary>What to run and how to share the traffic.</summary>
public sealed record KnativeServiceSpec
{
    /// <summary>The newest revision; any change makes a new one.</summary>
    public KnativeRevisionTemplate Template { get; init; } = new();

    /// <summary>Which revision gets how much; absent: the latest ready one gets all.</summary>
    public IReadOnlyList<KnativeTrafficTarget>? Traffic { get; init; }
}

/// <summary>The newest revision.</summary>
public sealed record KnativeRevisionTemplate
{
    /// <summary>Name, labels and the autoscaler's annotations.</summary>
    public V1TemplateMeta Metadata { get; init; } = new();

    /// <summary>What it runs.</summary>
    public KnativeRevisionSpec Spec { get; init; } = new();
}

/// <summary>What a revision runs: a pod and the limits of a request.</summary>
public sealed record KnativeRevisionSpec : V1PodSpec
{
    /// <summary>Requests at once in one pod; 0: no limit.</summary>
    public int? ContainerConcurrency { get; init; }

    /// <summary>Seconds that a request may take in all, streams included.</summary>
    public int? TimeoutSeconds { get; init; }
}

/// <summary>A share of the traffic.</summary>
public sealed record KnativeTrafficTarget
{
    /// <summary>The revision; not together with <see cref="LatestRevision"/>.</summary>
    public string? RevisionName { get; init; }

    /// <summary>Whether the share follows the latest ready revision.</summary>
    public bool? LatestRevision { get; init; }

    /// <summary>The share in percent; all shares add up to 100.</summary>
    public int? Percent { get; init; }

    /// <summary>Gives the revision an address of its own.</summary>
    public string? Tag { get; init; }

    /// <summary>That address; set by Knative.</summary>
    public string? Url { get; init; }
}

/// <summary>How a Knative Service fares.</summary>
public sealed record KnativeServiceStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>The address.</summary>
    public string? Url { get; init; }

    /// <summary>The newest revision.</summary>
    public string? LatestCreatedRevisionName { get; init; }

    /// <summary>The newest revision that has been ready.</summary>
    public string? LatestReadyRevisionName { get; init; }

    /// <summary>The traffic as it is.</summary>
    public IReadOnlyList<KnativeTrafficTarget>? Traffic { get; init; }

    /// <summary><c>Ready</c>, <c>ConfigurationsReady</c>, <c>RoutesReady</c>.</summary>
    public IReadOnlyList<V1ObservedCondition>? Conditions { get; init; }
}
