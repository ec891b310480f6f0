using System.Text.Json.Nodes;

namespace McpOperator.Objects;

/// <summary>
/// A state that is kept for going back to it. The API server lets nobody change its data once it is there, and Kubernetes' own roles
/// <c>edit</c> and <c>admin</c> give tenants no right to write one.
/// </summary>
[KubernetesEntity(Group = "apps", Kind = "ControllerRevision", PluralName = "controllerrevisions")]
public sealed record V1ControllerRevision : KubernetesEntity
{
    /// <summary>The state.</summary>
    public JsonObject? Data { get; init; }

    /// <summary>Counts the states.</summary>
    public long Revision { get; init; }
}
