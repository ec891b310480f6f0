using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>
/// Carries a server's grants and sessions to its proxies. It is the only writer of those objects, and apart from the server's own reconcile,
/// which asks registries and waits for them: a revocation waits for nothing but the API server.
/// </summary>
public sealed class ServerAccessReconciler(
    IKubernetesClient client, OperatorCaches caches, IOperatorConfiguration configuration, PublishedAccess published, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(30);

    private readonly ChildApplier _applier = new(client, new Dictionary<ResourceType, ChildCache> { [ResourceType.Of<V1ConfigMap>()] = caches.AccessObjects });

    /// <summary>Makes one pass over one server.</summary>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (caches.Servers.Get(key) is not { Metadata.DeletionTimestamp: null } server
            || caches.Namespaces.Get(new("", key.Namespace)) is { Metadata.DeletionTimestamp: not null })
        {
            published.Forget(key);
            return ReconcileResult.Done;
        }

        var index = caches.AccessObjects.Get(new(key.Namespace, ChildNames.Access(key.Name)));
        if (server.Status.PolicyRevision is null && index is null)
        {
            // Nothing is made for a server that has not been accepted; when it is, its status says so and wakes us.
            return ReconcileResult.Done;
        }

        var tenant = Tenants.Of(key.Namespace, caches.Namespaces.Get(new("", key.Namespace))?.Metadata.Labels);
        var access = Compile(key, server.Status.Url, tenant, published.Of(key)?.Access?.Memory ?? ReadMemory(server, index));
        if (await ApplyAsync(server, AccessChildren.Make(server, tenant, access), ct) is { } problem)
        {
            log.LogWarning("{Server}: its grants and sessions are not published: {Problem}", key, problem);
            published.Fail(key, problem);
            return ReconcileResult.Wait(RefusedRetry, problem);
        }

        published.Publish(key, access);
        return ReconcileResult.Done;
    }

    private CompiledAccess Compile(NamespacedName server, string? url, string tenant, AccessMemory before)
    {
        var config = configuration.Current;
        return AccessCompiler.Compile(
            server.Namespace,
            server.Name,
            url,
            [.. caches.Grants.ByIndex(OperatorCaches.ByServer, server.ToString()).Where(g => AccessGuard.Check(g, tenant, config).Count == 0)],
            [.. caches.Sessions.ByIndex(OperatorCaches.ByServer, server.ToString()).Where(s => AccessGuard.Check(s, tenant, config).Count == 0)],
            before,
            time.GetUtcNow());
    }

    /// <summary>What an operator before this one wrote. Objects that are not the server's own say nothing.</summary>
    private AccessMemory ReadMemory(MCPServer server, KubernetesDocument? index)
    {
        var (ns, name) = (server.Metadata.NamespaceProperty!, server.Metadata.Name);
        return AccessMemory.Read(
            TextOf(index, AccessChildren.IndexKey),
            Enumerable.Range(0, AccessShards.MostSessionShards)
                .Select(i => TextOf(caches.AccessObjects.Get(new(ns, ChildNames.Sessions(name, i))), AccessChildren.ShardKey)).OfType<string>());

        string? TextOf(KubernetesDocument? document, string dataKey) => document?.Controller?.Uid == server.Metadata.Uid
            ? document?.Deserialize<V1ConfigMap>().Data?.GetValueOrDefault(dataKey)
            : null;
    }

    /// <summary>
    /// Writes the objects in their order, and stops at the first that fails: an index that names a shard that is not there would close what
    /// is open now.
    /// </summary>
    /// <returns>What failed.</returns>
    private async Task<string?> ApplyAsync(MCPServer server, IReadOnlyList<Child> children, CancellationToken ct)
    {
        foreach (var child in children)
        {
            if (await _applier.ApplyAsync(server, child, null, ct) is { IsGood: false } bad)
            {
                return bad.Message;
            }
        }

        return null;
    }
}
