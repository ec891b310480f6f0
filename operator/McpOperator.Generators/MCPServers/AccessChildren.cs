using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// The ConfigMaps that carry a server's grants and sessions to its proxies. They are no part of <see cref="ServerChildren"/>: a revocation
/// must not wait for whatever a server waits for.
/// </summary>
public static class AccessChildren
{
    /// <summary>The key under which an index stands.</summary>
    public const string IndexKey = "index.json";

    /// <summary>The key under which a shard stands.</summary>
    public const string ShardKey = "shard.json";

    /// <summary>
    /// Makes them, in the order in which they have to be written: the index after the shards that it names, and only then do shards go that it
    /// names no more.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="tenant">The server's tenant.</param>
    /// <param name="access">Its grants and sessions.</param>
    public static IReadOnlyList<Child> Make(MCPServer server, string tenant, CompiledAccess access)
    {
        var name = server.Metadata.Name;
        return
        [
            .. access.Grants.Select((shard, i) => Make(ChildNames.Grants(name, i), ShardKey, shard.Text, shard.Revision)),
            .. access.Sessions.Select((shard, i) => Make(ChildNames.Sessions(name, i), ShardKey, shard.Text, shard.Revision)),
            Make(ChildNames.Access(name), IndexKey, access.IndexText, access.Revision),
            .. ShardNames(name, access.Grants.Count, access.Sessions.Count).Select(Child.None<V1ConfigMap>),
        ];

        Child Make(string child, string key, string text, string revision) => Child.Of(new V1ConfigMap
        {
            Metadata = ChildMeta.For(server, tenant, child, Labels.McpAccess) with { Annotations = new Dictionary<string, string> { [Annotations.PolicyRevision] = revision } },
            Data = new Dictionary<string, string> { [key] = text },
        });
    }

    /// <summary>The names of all shards that a server may have.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="grants">The number of the first shard with grants.</param>
    /// <param name="sessions">The number of the first shard with sessions.</param>
    internal static IEnumerable<string> ShardNames(string server, int grants = 0, int sessions = 0) =>
        Enumerable.Range(grants, AccessShards.MostGrantShards - grants).Select(i => ChildNames.Grants(server, i))
            .Concat(Enumerable.Range(sessions, AccessShards.MostSessionShards - sessions).Select(i => ChildNames.Sessions(server, i)));
}
