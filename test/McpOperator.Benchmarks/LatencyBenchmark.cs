using System.Collections.Concurrent;
using System.Diagnostics;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>Milliseconds from sending one change until a watch brings the changed child.</summary>
/// <param name="Servers">Servers that the operator looked after meanwhile.</param>
/// <param name="Samples">Changes of each kind.</param>
/// <param name="SpecMedian">A server's spec to its Knative Service, median.</param>
/// <param name="Spec99">A server's spec to its Knative Service, 99th percentile.</param>
/// <param name="ToolConfigMedian">A tool configuration to the policy object, median.</param>
/// <param name="ToolConfig99">A tool configuration to the policy object, 99th percentile.</param>
internal sealed record LatencyResult(int Servers, int Samples, double SpecMedian, double Spec99, double ToolConfigMedian, double ToolConfig99);

/// <summary>Makes single changes, one after the other, and waits for each to arrive in a child.</summary>
internal sealed class LatencyBenchmark(Bench bench)
{
    private const string Ns = "latency";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly ToolOverride FirstOverride = new() { Description = "change-none" };

    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _awaited = new();

    /// <summary>Measures.</summary>
    public async Task<LatencyResult> RunAsync(CancellationToken ct)
    {
        var servers = Math.Min(bench.Options.Servers, 200);
        await bench.Cluster.CreateNamespaceAsync(Ns, ct);
        await using var subject = OperatorProcess.Start(bench.Options, bench.Cluster, Ns);
        await subject.WaitUntilReadyAsync(ct);
        for (var i = 0; i < servers; i++)
        {
            await bench.Cluster.Client.CreateAsync(ToolConfig(i), ct);
        }

        await bench.Bare.ApplyServersAsync(Enumerable.Range(0, servers).Select(Server), ct);
        while (await bench.Cluster.CountAsync(ResourceType.Of<V1ServiceMonitor>(), Ns, ct) < servers)
        {
            await Task.Delay(200, ct);
        }

        await subject.WaitUntilIdleAsync(ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = Task.WhenAll(WatchAsync<KnativeService>(stop.Token), WatchAsync<V1ConfigMap>(stop.Token));
        await Task.Delay(TimeSpan.FromSeconds(1), ct);
        var spec = await SampleAsync(servers, ChangeSpecAsync, ct);
        var toolConfig = await SampleAsync(servers, ChangeToolConfigAsync, ct);
        await stop.CancelAsync();
        await watching;
        return new(
            servers, bench.Options.Samples,
            Statistics.Median(spec), Statistics.Percentile(spec, 0.99), Statistics.Median(toolConfig), Statistics.Percentile(toolConfig, 0.99));
    }

    private async Task<IReadOnlyList<double>> SampleAsync(int servers, Func<int, int, CancellationToken, Task<double>> change, CancellationToken ct)
    {
        var times = new List<double>();
        for (var i = 0; i < bench.Options.Samples + 10; i++)
        {
            times.Add(await change(i % servers, i, ct));
            await Task.Delay(20, ct);
        }

        // The first ones warm up.
        return times[10..];
    }

    private Task<double> ChangeSpecAsync(int server, int change, CancellationToken ct) => MeasureAsync<MCPServer>(
        $"change-spec-{change}.", $"s{server}", new { spec = new { args = new[] { $"change-spec-{change}." } } }, ct);

    private Task<double> ChangeToolConfigAsync(int server, int change, CancellationToken ct) => MeasureAsync<MCPToolConfig>(
        $"change-tools-{change}.", $"t{server}",
        new { spec = new { toolsOverride = new Dictionary<string, object> { ["tool_0_search_records"] = new { description = $"change-tools-{change}." } } } }, ct);

    private async Task<double> MeasureAsync<T>(string mark, string name, object patch, CancellationToken ct) where T : KubernetesEntity
    {
        var arrived = _awaited[mark] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = Stopwatch.GetTimestamp();
        await bench.Cluster.Client.PatchAsync(ResourceType.Of<T>(), Ns, name, V1Patch.Merge(patch), ct: ct);
        var time = Stopwatch.GetElapsedTime(sent, await arrived.Task.WaitAsync(Longest, ct)).TotalMilliseconds;
        _awaited.TryRemove(mark, out _);
        return time;
    }

    private async Task WatchAsync<T>(CancellationToken ct) where T : KubernetesEntity
    {
        var (client, type) = (bench.Cluster.Client, ResourceType.Of<T>());
        try
        {
            var version = (await client.ListPageAsync(type, Ns, new ListOptions { PageSize = 1 }, null, static _ => { }, ct)).ResourceVersion;
            await foreach (var e in client.WatchAsync(type, Ns, version, ItemDecoders.Document(), ct: ct))
            {
                var text = e.Item is null ? "" : System.Text.Encoding.UTF8.GetString(e.Item.Json.Span);
                foreach (var (mark, arrived) in _awaited.Where(awaited => text.Contains(awaited.Key, StringComparison.Ordinal)))
                {
                    arrived.TrySetResult(Stopwatch.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private static MCPServer Server(int i)
    {
        var server = SampleServers.Make(Sample.Typical, Ns, $"s{i}");
        return server with { Spec = server.Spec with { ToolConfigRef = new() { Name = $"t{i}" } } };
    }

    private static MCPToolConfig ToolConfig(int i) => new()
    {
        Metadata = new() { Name = $"t{i}", NamespaceProperty = Ns },
        Spec = new() { ToolsOverride = new Dictionary<string, ToolOverride> { ["tool_0_search_records"] = FirstOverride } },
    };
}
