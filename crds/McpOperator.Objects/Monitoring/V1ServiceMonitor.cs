namespace McpOperator.Objects;

/// <summary>Tells the Prometheus Operator which Services to scrape.</summary>
[KubernetesEntity(Group = "monitoring.coreos.com", Kind = "ServiceMonitor", PluralName = "servicemonitors")]
public sealed record V1ServiceMonitor : KubernetesEntity
{
    /// <summary>Which Services, which ports.</summary>
    public V1ServiceMonitorSpec Spec { get; init; } = new();
}

/// <summary>Which Services, which ports.</summary>
public sealed record V1ServiceMonitorSpec
{
    /// <summary>The labels of the Services.</summary>
    public V1LabelSelector Selector { get; init; } = new();

    /// <summary>The Service's label that becomes the <c>job</c>.</summary>
    public string? JobLabel { get; init; }

    /// <summary>Labels of the Service that every sample gets.</summary>
    public IReadOnlyList<string>? TargetLabels { get; init; }

    /// <summary>What to scrape.</summary>
    public IReadOnlyList<V1ServiceMonitorEndpoint> Endpoints { get; init; } = [];
}

/// <summary>What to scrape.</summary>
public sealed record V1ServiceMonitorEndpoint
{
    /// <summary>The name of the Service's port.</summary>
    public required string Port { get; init; }

    /// <summary>The path.</summary>
    public string? Path { get; init; }

    /// <summary>How often, such as <c>30s</c>.</summary>
    public string? Interval { get; init; }
}
