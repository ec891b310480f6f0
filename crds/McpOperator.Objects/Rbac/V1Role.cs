namespace McpOperator.Objects;

/// <summary>What its holders may do in one namespace.</summary>
[KubernetesEntity(Group = "rbac.authorization.k8s.io", Kind = "Role", PluralName = "roles")]
public sealed record V1Role : KubernetesEntity
{
    /// <summary>The permissions; they add up.</summary>
    public IReadOnlyList<V1PolicyRule> Rules { get; init; } = [];
}

/// <summary>One permission.</summary>
public sealed record V1PolicyRule
{
    /// <summary>The groups; an empty string is the core group.</summary>
    public IReadOnlyList<string>? ApiGroups { get; init; }

    /// <summary>The resources, by plural.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>The objects; absent: all.</summary>
    public IReadOnlyList<string>? ResourceNames { get; init; }

    /// <summary>What may be done.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];
}

/// <summary>Gives a role to somebody.</summary>
[KubernetesEntity(Group = "rbac.authorization.k8s.io", Kind = "RoleBinding", PluralName = "rolebindings")]
public sealed record V1RoleBinding : KubernetesEntity
{
    /// <summary>The role; never changes.</summary>
    public V1RoleRef? RoleRef { get; init; }

    /// <summary>Those who get it.</summary>
    public IReadOnlyList<Rbacv1Subject> Subjects { get; init; } = [];
}

/// <summary>Points at a role.</summary>
public sealed record V1RoleRef
{
    /// <summary>The role's group.</summary>
    public required string ApiGroup { get; init; }

    /// <summary><c>Role</c> or <c>ClusterRole</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The role's name.</summary>
    public required string Name { get; init; }
}

/// <summary>Somebody who can hold a role.</summary>
public sealed record Rbacv1Subject
{
    /// <summary><c>ServiceAccount</c>, <c>User</c> or <c>Group</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace of a ServiceAccount.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; init; }
}
