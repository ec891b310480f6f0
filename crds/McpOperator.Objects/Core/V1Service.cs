using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>A stable name and address for a set of pods.</summary>
[KubernetesEntity(Kind = "Service", PluralName = "services")]
public sealed record V1Service : KubernetesEntity
{
    /// <summary>Which pods, which ports.</summary>
    public V1ServiceSpec Spec { get; init; } = new();
}

/// <summary>Which pods, which ports.</summary>
public sealed record V1ServiceSpec
{
    /// <summary><c>None</c> for a headless Service: names without a common address.</summary>
    [JsonPropertyName("clusterIP")]
    public string? ClusterIP { get; init; }

    /// <summary><c>ClusterIP</c>, <c>NodePort</c> or <c>LoadBalancer</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The labels of the pods.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>The ports.</summary>
    public IReadOnlyList<V1ServicePort>? Ports { get; init; }
}

/// <summary>A Service's port and the pod's port behind it.</summary>
public sealed record V1ServicePort
{
    /// <summary>The port's name.</summary>
    public string? Name { get; init; }

    /// <summary>The port of the Service.</summary>
    public int Port { get; init; }

    /// <summary>The port of the pods, by number or by declared name.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string? Protocol { get; init; }
}
