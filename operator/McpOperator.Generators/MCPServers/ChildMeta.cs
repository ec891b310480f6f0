using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>What all children have in common.</summary>
internal static class ChildMeta
{
    /// <summary>
    /// Name, owner and our own labels. The parent's labels and annotations are never copied: Argo CD would take the copies for objects of
    /// its application and prune them.
    /// </summary>
    public static V1ObjectMeta For(ServerInput input, string name) => new()
    {
        Name = name,
        NamespaceProperty = input.Server.Metadata.NamespaceProperty,
        Labels = LabelsOf(input),
        OwnerReferences =
        [
            new V1OwnerReference
            {
                ApiVersion = input.Server.ApiVersion,
                Kind = input.Server.Kind,
                Name = input.Server.Metadata.Name,
                Uid = input.Server.Metadata.Uid ?? "",
                Controller = true,
                BlockOwnerDeletion = true,
            },
        ],
    };

    /// <summary>The labels on every child and on every pod.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(ServerInput input) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Labels.Component] = Labels.McpServer,
        [Labels.ManagedBy] = Labels.Manager,
        [Labels.Server] = input.Server.Metadata.Name,
        [Labels.Tenant] = input.Tenant,
    };

    /// <summary>The label that selects a server's pods, whatever runs them.</summary>
    public static IReadOnlyDictionary<string, string> PodsOf(ServerInput input) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Labels.Component] = Labels.McpServer,
        [Labels.Server] = input.Server.Metadata.Name,
    };

    /// <summary>The parent's name.</summary>
    public static string Name(this ServerInput input) => input.Server.Metadata.Name;
}
