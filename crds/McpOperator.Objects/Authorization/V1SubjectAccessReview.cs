namespace McpOperator.Objects;

/// <summary>A question to the API server: may somebody do something? It is answered and never stored.</summary>
[KubernetesEntity(Group = "authorization.k8s.io", Kind = "SubjectAccessReview", PluralName = "subjectaccessreviews", ClusterScoped = true)]
public sealed record V1SubjectAccessReview : KubernetesEntity
{
    /// <summary>The question.</summary>
    public V1SubjectAccessReviewSpec Spec { get; init; } = new();

    /// <summary>The answer.</summary>
    public V1SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>Who wants to do what.</summary>
public sealed record V1SubjectAccessReviewSpec
{
    /// <summary>The user's name.</summary>
    public string? User { get; init; }

    /// <summary>The user's identity.</summary>
    public string? Uid { get; init; }

    /// <summary>The user's groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What else authenticators know of the user.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }

    /// <summary>What the user wants to do.</summary>
    public V1ResourceAttributes? ResourceAttributes { get; init; }
}

/// <summary>An action on an object.</summary>
public sealed record V1ResourceAttributes
{
    /// <summary>The namespace.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; init; }

    /// <summary>The verb, such as <c>get</c>.</summary>
    public string? Verb { get; init; }

    /// <summary>The API group.</summary>
    public string? Group { get; init; }

    /// <summary>The resource, such as <c>pods</c>.</summary>
    public string? Resource { get; init; }

    /// <summary>The object's name.</summary>
    public string? Name { get; init; }
}

/// <summary>Whether somebody may do it.</summary>
public sealed record V1SubjectAccessReviewStatus
{
    /// <summary>Whether they may.</summary>
    public bool Allowed { get; init; }
}
