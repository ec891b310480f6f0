namespace McpOperator.Objects;

/// <summary>Says under which group, version and plural a type is served, as KubernetesClient's attribute of the same name does.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KubernetesEntityAttribute : Attribute
{
    /// <summary>The API group; empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>The version within the group, such as <c>v1</c>.</summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary>The kind's name.</summary>
    public required string Kind { get; init; }

    /// <summary>The lower-case plural that stands in URLs.</summary>
    public required string PluralName { get; init; }

    /// <summary>Whether objects live in the cluster rather than in a namespace.</summary>
    public bool ClusterScoped { get; init; }
}
