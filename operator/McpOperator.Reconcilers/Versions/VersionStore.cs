using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.Versions;

/// <summary>Reads what approved versions are made of. What is not what the status says it is counts as not there.</summary>
internal sealed class VersionStore(IKubernetesClient client, ChildCache cache)
{
    /// <summary>The contents to which a server's status refers, by their hashes; those that are kept.</summary>
    public async Task<IReadOnlyDictionary<string, VersionContent>> ReadAsync(MCPServer server, CancellationToken ct)
    {
        var kept = new Dictionary<string, VersionContent>(StringComparer.Ordinal);
        foreach (var hash in (server.Status.History ?? []).Select(v => v.Content).Append(server.Status.Pending?.Content).OfType<string>().Distinct())
        {
            if (await ReadAsync(server, hash, ct) is { } content)
            {
                kept[hash] = content;
            }
        }

        return kept;
    }

    private async Task<VersionContent?> ReadAsync(MCPServer server, string hash, CancellationToken ct)
    {
        if (hash.Length != 64)
        {
            return null;
        }

        var key = new NamespacedName(server.Metadata.NamespaceProperty!, ChildNames.Version(server.Metadata.Name, hash));
        // What we wrote a moment ago may not have come back yet.
        return VersionGenerator.Read(cache.Get(key)?.Deserialize<V1ControllerRevision>(), hash)
            ?? VersionGenerator.Read(await client.GetAsync<V1ControllerRevision>(key.Name, key.Namespace, ct), hash);
    }
}
