namespace McpOperator.Objects;

/// <summary>Declares a kind. We read these to notice when a kind that we use appears or goes.</summary>
[KubernetesEntity(Group = "apiextensions.k8s.io", Kind = "CustomResourceDefinition", PluralName = "customresourcedefinitions", ClusterScoped = true)]
public sealed record V1CustomResourceDefinition : KubernetesEntity
{
    /// <summary>The group, the names and the versions.</summary>
    public V1CustomResourceDefinitionSpec Spec { get; init; } = new();

    /// <summary>Whether the kind is served.</summary>
    public V1CustomResourceDefinitionStatus? Status { get; init; }
}

/// <summary>The group, the names and the versions.</summary>
public sealed record V1CustomResourceDefinitionSpec
{
    /// <summary>The API group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Kind and plural.</summary>
    public V1CustomResourceDefinitionNames Names { get; init; } = new();

    /// <summary>The versions.</summary>
    public IReadOnlyList<V1CustomResourceDefinitionVersion> Versions { get; init; } = [];
}

/// <summary>Kind and plural.</summary>
public sealed record V1CustomResourceDefinitionNames
{
    /// <summary>The kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The plural.</summary>
    public string Plural { get; init; } = "";
}

/// <summary>A version.</summary>
public sealed record V1CustomResourceDefinitionVersion
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it can be used.</summary>
    public bool Served { get; init; }
}

/// <summary>Whether the kind is served.</summary>
public sealed record V1CustomResourceDefinitionStatus
{
    /// <summary><c>Established</c>, <c>NamesAccepted</c>, <c>Terminating</c>.</summary>
    public IReadOnlyList<V1ObservedCondition>? Conditions { get; init; }
}
