namespace McpOperator.Objects;

/// <summary>An account as which pods speak to the API server.</summary>
[KubernetesEntity(Kind = "ServiceAccount", PluralName = "serviceaccounts")]
public sealed record V1ServiceAccount : KubernetesEntity
{
    /// <summary>Whether pods of this account get its token without asking.</summary>
    public bool? AutomountServiceAccountToken { get; init; }

    /// <summary>Secrets with which images are pulled for pods of this account that name none themselves.</summary>
    public IReadOnlyList<V1LocalObjectReference>? ImagePullSecrets { get; init; }
}

/// <summary>Settings as text.</summary>
[KubernetesEntity(Kind = "ConfigMap", PluralName = "configmaps")]
public sealed record V1ConfigMap : KubernetesEntity
{
    /// <summary>The settings, by key.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Whether the data can never change again.</summary>
    public bool? Immutable { get; init; }
}

/// <summary>Settings that must stay secret.</summary>
[KubernetesEntity(Kind = "Secret", PluralName = "secrets")]
public sealed record V1Secret : KubernetesEntity
{
    /// <summary>What the secret is for.</summary>
    public string? Type { get; init; }

    /// <summary>The secrets, by key.</summary>
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }
}

/// <summary>A namespace.</summary>
[KubernetesEntity(Kind = "Namespace", PluralName = "namespaces", ClusterScoped = true)]
public sealed record V1Namespace : KubernetesEntity;

/// <summary>Something that happened to an object.</summary>
[KubernetesEntity(Kind = "Event", PluralName = "events")]
public sealed record Corev1Event : KubernetesEntity
{
    /// <summary>The object.</summary>
    public V1ObjectReference InvolvedObject { get; init; } = new();

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init; } = "Normal";

    /// <summary>One word for machines.</summary>
    public string Reason { get; init; } = "";

    /// <summary>One sentence for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>Who says so.</summary>
    public V1EventSource? Source { get; init; }

    /// <summary>When it happened first.</summary>
    public DateTime? FirstTimestamp { get; init; }

    /// <summary>When it happened last.</summary>
    public DateTime? LastTimestamp { get; init; }

    /// <summary>How often it happened.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The program that says so, with its domain.</summary>
    public string? ReportingComponent { get; init; }

    /// <summary>Which of its replicas says so.</summary>
    public string? ReportingInstance { get; init; }
}

/// <summary>Who reports an event.</summary>
public sealed record V1EventSource
{
    /// <summary>The program.</summary>
    public string? Component { get; init; }
}

/// <summary>Points at any object.</summary>
public sealed record V1ObjectReference
{
    /// <summary>The object's version.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The object's kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's name.</summary>
    public string? Name { get; init; }

    /// <summary>The object's namespace.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; init; }

    /// <summary>The object's identity.</summary>
    public string? Uid { get; init; }

    /// <summary>The object's version when it happened.</summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>The addresses behind a Service.</summary>
[KubernetesEntity(Kind = "Endpoints", PluralName = "endpoints")]
public sealed record V1Endpoints : KubernetesEntity
{
    /// <summary>The addresses.</summary>
    public IReadOnlyList<V1EndpointSubset>? Subsets { get; init; }
}

/// <summary>Addresses with the same ports.</summary>
public sealed record V1EndpointSubset
{
    /// <summary>The addresses that may get requests.</summary>
    public IReadOnlyList<V1EndpointAddress>? Addresses { get; init; }
}

/// <summary>An address behind a Service.</summary>
public sealed record V1EndpointAddress
{
    /// <summary>The address.</summary>
    public string Ip { get; init; } = "";
}
