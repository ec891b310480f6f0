using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>What all children have in common.</summary>
internal static class ChildMeta
{
    /// <summary>
    /// Name, owner and our own labels. The parent's labels and annotations are never copied: Argo CD would take the copies for objects of
    /// its application and prune them.
    /// </summary>
    public static V1ObjectMeta For(ServerInput input, string name) => For(input.Server, input.Tenant, name, Labels.McpServer);

    /// <summary>The same for objects of another component.</summary>
    public static V1ObjectMeta For(MCPServer server, string tenant, string name, string component) => new()
    {
        Name = name,
        NamespaceProperty = server.Metadata.NamespaceProperty,
        Labels = LabelsOf(server, tenant, component),
        OwnerReferences =
        [
            new V1OwnerReference
            {
                ApiVersion = server.ApiVersion,
                Kind = server.Kind,
                Name = server.Metadata.Name,
                Uid = server.Metadata.Uid ?? "",
                Controller = true,
                BlockOwnerDeletion = true,
            },
        ],
    };

    /// <summary>The same, with the label that tells a child apart from others of its kind.</summary>
    public static V1ObjectMeta For(ServerInput input, string name, string role)
    {
        var meta = For(input, name);
        return meta with { Labels = new SortedDictionary<string, string>(meta.Labels!.ToDictionary(), StringComparer.Ordinal) { [Labels.Role] = role } };
    }

    /// <summary>The labels on every child and on every pod.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(ServerInput input) => LabelsOf(input.Server, input.Tenant, Labels.McpServer);

    /// <summary>The label that selects a server's pods, whatever runs them.</summary>
    public static IReadOnlyDictionary<string, string> PodsOf(ServerInput input) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Labels.Component] = Labels.McpServer,
        [Labels.Server] = input.Server.Metadata.Name,
    };

    /// <summary>The parent's name.</summary>
    public static string Name(this ServerInput input) => input.Server.Metadata.Name;

    private static SortedDictionary<string, string> LabelsOf(MCPServer server, string tenant, string component) => new(StringComparer.Ordinal)
    {
        [Labels.Component] = component,
        [Labels.ManagedBy] = Labels.Manager,
        [Labels.Server] = server.Metadata.Name,
        [Labels.Tenant] = tenant,
    };
}
