namespace McpOperator.Objects;

/// <summary>The same as <see cref="EntityRbacAttribute"/> for resources that have no type here.</summary>
/// <param name="group">The API group; empty for the core group.</param>
/// <param name="resources">The resources, by plural, with a subresource behind a slash.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class GenericRbacAttribute(string group, params string[] resources) : Attribute
{
    /// <summary>The API group.</summary>
    public string Group { get; } = group;

    /// <summary>The resources.</summary>
    public IReadOnlyList<string> Resources { get; } = resources;

    /// <summary>What is done with them.</summary>
    public required RbacVerb Verbs { get; init; }

    /// <summary>The only object; empty: all.</summary>
    public string Name { get; init; } = "";

    /// <summary>In which namespaces.</summary>
    public RbacScope Scope { get; init; } = RbacScope.Watched;
}
