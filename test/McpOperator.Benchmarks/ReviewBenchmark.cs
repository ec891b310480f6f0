using System.Diagnostics;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>What a tool configuration that many servers name costs when its words change.</summary>
/// <param name="Servers">Servers that name it.</param>
/// <param name="Seconds">Seconds from the change until all of them hold it for review.</param>
/// <param name="RequestsPerServer">Requests to the API server meanwhile, for each server.</param>
/// <param name="ByVerb">The same requests in all, by their verb.</param>
internal sealed record ReviewResult(int Servers, double Seconds, double RequestsPerServer, IReadOnlyDictionary<string, double> ByVerb);

/// <summary>Changes the words of one tool in the tool configuration of all servers, and waits until each holds it.</summary>
internal sealed class ReviewBenchmark(Bench bench)
{
    private const string Ns = "review";
    private const string Config = "shared";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Measures.</summary>
    public async Task<ReviewResult> RunAsync(CancellationToken ct)
    {
        var servers = bench.Options.Servers;
        await bench.Cluster.CreateNamespaceAsync(Ns, ct);
        await using var subject = OperatorProcess.Start(bench.Options, bench.Cluster, Ns);
        await subject.WaitUntilReadyAsync(ct);
        await bench.Cluster.Client.CreateAsync(
            new MCPToolConfig
            {
                Metadata = new() { Name = Config, NamespaceProperty = Ns },
                Spec = new() { ToolsOverride = new Dictionary<string, ToolOverride> { ["tool_0_search_records"] = new() { Description = "Before." } } },
            },
            ct);
        await bench.Bare.ApplyServersAsync(Enumerable.Range(0, servers).Select(Server), ct);
        while (await bench.Cluster.CountAsync(ResourceType.Of<V1ServiceMonitor>(), Ns, ct) < servers)
        {
            await Task.Delay(200, ct);
        }

        await subject.WaitUntilIdleAsync(ct);
        bench.Say($"{servers} servers name one tool configuration; its words change");
        var before = await subject.ReadMetricsAsync(ct);
        var began = Stopwatch.GetTimestamp();
        await bench.Cluster.Client.PatchAsync(
            ResourceType.Of<MCPToolConfig>(), Ns, Config,
            V1Patch.Merge(new { spec = new { toolsOverride = new Dictionary<string, object> { ["tool_0_search_records"] = new { description = "After." } } } }), ct: ct);
        while (await HeldAsync(ct) < servers)
        {
            if (Stopwatch.GetElapsedTime(began) > Longest)
            {
                throw new TimeoutException($"after {Longest} only {await HeldAsync(ct)} of {servers} servers hold the change");
            }

            await Task.Delay(500, ct);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await subject.WaitUntilIdleAsync(ct);
        var (earlier, later) = (before.By(KubeMetrics.ApiRequests, "verb"), (await subject.ReadMetricsAsync(ct)).By(KubeMetrics.ApiRequests, "verb"));
        var verbs = later.ToDictionary(v => v.Key, v => v.Value - earlier.GetValueOrDefault(v.Key)).Where(v => v.Value > 0).ToDictionary();
        return new(servers, seconds, verbs.Values.Sum() / servers, verbs);
    }

    private async Task<int> HeldAsync(CancellationToken ct)
    {
        var held = 0;
        await foreach (var server in bench.Cluster.Client.ListAsync<MCPServer>(Ns, ct: ct))
        {
            held += server.Status.Pending is null ? 0 : 1;
        }

        return held;
    }

    private static MCPServer Server(int i)
    {
        var server = SampleServers.Make(Sample.Typical, Ns, $"s{i}");
        return server with { Spec = server.Spec with { ToolConfigRef = new() { Name = Config }, Review = new() { Policy = ReviewPolicy.Required } } };
    }
}
