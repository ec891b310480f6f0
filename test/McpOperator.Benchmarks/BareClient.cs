using System.Diagnostics;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>How the bare client writes.</summary>
internal enum WriteKind
{
    /// <summary>Server-side apply, as the operator changes children.</summary>
    Apply,

    /// <summary>A plain POST, as the operator creates them.</summary>
    Create,
}

/// <summary>The yardstick: writes children without thinking, as fast as the API server takes them.</summary>
internal sealed class BareClient(KubernetesClient client, OperatorConfiguration configuration)
{
    /// <summary>Makes servers as <c>kubectl apply</c> makes what is new: by POST. Always eight at once.</summary>
    public Task ApplyServersAsync(IEnumerable<MCPServer> servers, CancellationToken ct) =>
        ForEachAsync([.. servers.Select(server => (server, KubernetesJson.SerializeToUtf8Bytes(server)))], 8, (one, token) => client.CreateAsync(
            ResourceType.Of<MCPServer>(), one.server.Metadata.NamespaceProperty, one.server.Metadata.Name, one.Item2, "kubectl", token), ct);

    /// <summary>
    /// Writes all children of servers that stand in a namespace. The servers have to be there, or the garbage collector would delete the
    /// children. Everything is generated and serialised before the clock starts.
    /// </summary>
    public async Task<TimeSpan> WriteChildrenAsync(string ns, WriteKind kind, int concurrency, CancellationToken ct)
    {
        var labels = (await client.GetAsync<V1Namespace>(ns, null, ct))?.Metadata.Labels;
        var children = new List<(KubernetesEntity Entity, ResourceType Type, byte[] Json)>();
        await foreach (var server in client.ListAsync<MCPServer>(ns, ct: ct))
        {
            children.AddRange(SampleServers.Children(server, configuration, labels).Select(child =>
                (child, ResourceType.Of(child.GetType()), KubernetesJson.SerializeToUtf8Bytes(child))));
        }

        var started = Stopwatch.GetTimestamp();
        await ForEachAsync(children, concurrency, (child, token) => kind == WriteKind.Create
            ? client.CreateAsync(child.Type, ns, child.Entity.Metadata.Name, child.Json, Labels.Manager, token)
            : client.ApplyAsync(child.Type, ns, child.Entity.Metadata.Name, child.Json, Labels.Manager, force: true, token), ct);
        return Stopwatch.GetElapsedTime(started);
    }

    private static Task ForEachAsync<T>(IReadOnlyList<T> items, int concurrency, Func<T, CancellationToken, Task> write, CancellationToken ct) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = ct }, async (item, token) => await write(item, token));
}
