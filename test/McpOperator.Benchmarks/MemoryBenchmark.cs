using System.Diagnostics;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>The operator's memory with few and many servers, and what a restart among many costs.</summary>
/// <param name="Sample">What the servers look like.</param>
/// <param name="Few">The smaller number of servers.</param>
/// <param name="Many">The larger number.</param>
/// <param name="Empty">Memory without servers.</param>
/// <param name="WithFew">Memory with few, converged and left alone.</param>
/// <param name="WithMany">Memory with many, converged and left alone, in the same process.</param>
/// <param name="AfterRestart">Memory with many in a process that found them there.</param>
/// <param name="BytesPerServer">Resident bytes for each further server.</param>
/// <param name="ReadySeconds">Start until <c>/readyz</c>.</param>
/// <param name="IdleSeconds">Start until every server was looked at and nothing was left to do.</param>
/// <param name="WritesAfterRestart">The operator's writes after the restart, counted by the API server's audit log.</param>
internal sealed record MemoryResult(
    Sample Sample, int Few, int Many, MemoryReading Empty, MemoryReading WithFew, MemoryReading WithMany, MemoryReading AfterRestart,
    double BytesPerServer, double ReadySeconds, double IdleSeconds, int WritesAfterRestart);

/// <summary>Grows the number of servers in one process, reads its memory after each step, then restarts it.</summary>
internal sealed class MemoryBenchmark(Bench bench)
{
    private readonly string _ns = $"memory-{bench.Options.Sample}".ToLowerInvariant();

    /// <summary>Measures.</summary>
    public async Task<MemoryResult> RunAsync(CancellationToken ct)
    {
        var (few, many) = bench.Options.MemorySizes;
        await bench.Cluster.CreateNamespaceAsync(_ns, ct);
        MemoryReading empty, withFew, withMany;
        await using (var subject = OperatorProcess.Start(bench.Options, bench.Cluster, _ns))
        {
            await subject.WaitUntilReadyAsync(ct);
            empty = await ReadAsync(subject, 0, ct);
            await GrowAsync(subject, 0, few, ct);
            withFew = await ReadAsync(subject, few, ct);
            await GrowAsync(subject, few, many, ct);
            withMany = await ReadAsync(subject, many, ct);
        }

        var (began, started) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        await using var restarted = OperatorProcess.Start(bench.Options, bench.Cluster, _ns);
        await restarted.WaitUntilReadyAsync(ct);
        var ready = Stopwatch.GetElapsedTime(started).TotalSeconds;
        while ((await restarted.ReadMetricsAsync(ct)).Sum(KubeMetrics.Reconciles, "controller=\"mcpserver\"") < many)
        {
            await Task.Delay(50, ct);
        }

        var idle = Stopwatch.GetElapsedTime(started, await restarted.WaitUntilIdleAsync(ct)).TotalSeconds;
        bench.Say($"restarted with {many} servers: ready after {ready:0.00} s, nothing left to do after {idle:0.00} s");
        var afterRestart = await ReadAsync(restarted, many, ct);
        var writes = bench.Cluster.OperatorWritesSince(began);
        bench.Say($"writes since the restart: {writes.Count} {string.Join(", ", writes.Take(3))}");
        return new(
            bench.Options.Sample, few, many, empty, withFew, withMany, afterRestart,
            (double)(withMany.Resident - withFew.Resident) / (many - few), ready, idle, writes.Count);
    }

    private async Task GrowAsync(OperatorProcess subject, int from, int to, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await bench.Bare.ApplyServersAsync(Enumerable.Range(from, to - from).Select(i => SampleServers.Make(bench.Options.Sample, _ns, $"s{i}")), ct);
        for (int count, told = from; (count = await bench.Cluster.CountAsync(ResourceType.Of<V1ServiceMonitor>(), _ns, ct)) < to;)
        {
            if (count >= told + 500)
            {
                bench.Say($"{told = count} of {to} servers have converged");
            }

            await Task.Delay(500, ct);
        }

        await subject.WaitUntilIdleAsync(ct);
        bench.Say($"{from} to {to} servers: converged in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
    }

    private async Task<MemoryReading> ReadAsync(OperatorProcess subject, int servers, CancellationToken ct)
    {
        await Task.Delay(bench.Options.Settle, ct);
        var memory = await subject.ReadMemoryAsync(ct);
        bench.Say($"{servers} {bench.Options.Sample} servers: {memory.Resident / 1048576.0:0.0} MiB resident, {memory.Anonymous / 1048576.0:0.0} MiB anonymous, {memory.Heap / 1048576.0:0.0} MiB managed heap at the last collection");
        return memory;
    }
}
