namespace McpOperator.Objects;

/// <summary>
/// Says, beside the code that uses it, which rights on which kinds that code needs. The operator's roles are generated from these and from
/// nothing else, so a right that no code declares is not granted. Named as in KubeOps.
/// </summary>
/// <param name="entities">Types with a <see cref="KubernetesEntityAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class EntityRbacAttribute(params Type[] entities) : Attribute
{
    /// <summary>The kinds.</summary>
    public IReadOnlyList<Type> Entities { get; } = entities;

    /// <summary>What is done with them.</summary>
    public required RbacVerb Verbs { get; init; }

    /// <summary>A part of the objects, such as <c>status</c>; empty: the objects themselves.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>The only object; empty: all. Creating cannot be limited by name, because RBAC does not see it.</summary>
    public string Name { get; init; } = "";

    /// <summary>In which namespaces.</summary>
    public RbacScope Scope { get; init; } = RbacScope.Watched;
}
