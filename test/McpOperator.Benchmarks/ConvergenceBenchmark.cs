using System.Diagnostics;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>The time from the first apply until all children are there.</summary>
/// <param name="Servers">Servers in a round.</param>
/// <param name="ChildrenPerServer">Objects that one becomes.</param>
/// <param name="BareConcurrency">The number of parallel requests at which the bare client was quickest.</param>
/// <param name="BareTrials">The trials that say so: children a second by parallel requests.</param>
/// <param name="Operator">The operator in each round.</param>
/// <param name="BareApply">The bare client with server-side apply in each round.</param>
/// <param name="BareCreate">The bare client with POST in each round.</param>
/// <param name="RatioToApply">Median of the operator over the bare client that applies, of the same round.</param>
/// <param name="RatioToCreate">Median of the operator over the bare client that creates, of the same round.</param>
/// <param name="RequestsPerServer">The operator's requests for one server, by verb.</param>
/// <param name="PassesPerServer">The operator's reconciles of one server, by outcome.</param>
internal sealed record ConvergenceResult(
    int Servers, int ChildrenPerServer, int BareConcurrency, IReadOnlyDictionary<int, double> BareTrials,
    IReadOnlyList<Turn> Operator, IReadOnlyList<Turn> BareApply, IReadOnlyList<Turn> BareCreate, double RatioToApply, double RatioToCreate,
    IReadOnlyDictionary<string, double> RequestsPerServer, IReadOnlyDictionary<string, double> PassesPerServer);

/// <summary>One turn of one client.</summary>
/// <param name="Seconds">Until all children were there.</param>
/// <param name="ServerProcessorSeconds">What it cost the API server and its store in processor time, which neighbours on the machine disturb less.</param>
/// <param name="ClientProcessorSeconds">What it cost the operator, or the bare client, in processor time.</param>
internal sealed record Turn(double Seconds, double ServerProcessorSeconds, double ClientProcessorSeconds);

/// <summary>
/// Lets the operator converge many servers at once, in turn with a bare parallel client that writes the very same children by the same kind
/// of request into another namespace of the same API server. The order changes with each round.
/// </summary>
internal sealed class ConvergenceBenchmark(Bench bench)
{
    private const int WarmUp = 100;
    private const int TrialServers = 200;

    private readonly List<Turn> _operator = [];
    private readonly List<Turn> _apply = [];
    private readonly List<Turn> _create = [];
    private IReadOnlyDictionary<string, double> _requests = new Dictionary<string, double>();
    private IReadOnlyDictionary<string, double> _passes = new Dictionary<string, double>();
    private int _namespaces;

    /// <summary>Measures.</summary>
    public async Task<ConvergenceResult> RunAsync(CancellationToken ct)
    {
        var servers = bench.Options.Servers;
        var trials = await TryConcurrenciesAsync(ct);
        var best = trials.MaxBy(trial => trial.Value).Key;
        bench.Say($"the bare client takes {best} requests at once");
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            Func<Task>[] turns =
            [
                async () => _operator.Add(await OperatorTurnAsync(servers, ct)),
                async () => _apply.Add(await BareTurnAsync(servers, WriteKind.Apply, best, ct)),
                async () => _create.Add(await BareTurnAsync(servers, WriteKind.Create, best, ct)),
            ];
            foreach (var turn in round % 2 == 0 ? turns : turns.Reverse())
            {
                await turn();
            }
        }

        return new(
            servers, ChildTypes.Length, best, trials, _operator, _apply, _create,
            Statistics.Median(_operator.Zip(_apply, (ours, bare) => ours.Seconds / bare.Seconds)),
            Statistics.Median(_operator.Zip(_create, (ours, bare) => ours.Seconds / bare.Seconds)), _requests, _passes);
    }

    private static ResourceType[] ChildTypes { get; } =
        [.. SampleServers.Children(SampleServers.Make(Sample.Typical, "any", "any"), Bench.Configuration, null).Select(child => ResourceType.Of(child.GetType()))];

    private async Task<IReadOnlyDictionary<int, double>> TryConcurrenciesAsync(CancellationToken ct)
    {
        await BareTurnAsync(TrialServers, WriteKind.Apply, 8, ct); // warms up the API server and this program
        var rates = new SortedDictionary<int, double>();
        var tried = bench.Options.BareConcurrency is { } given ? [given] : new[] { 4, 8, 16, 32, 32, 16, 8, 4 };
        foreach (var concurrency in tried)
        {
            var rate = TrialServers * ChildTypes.Length / (await BareTurnAsync(TrialServers, WriteKind.Apply, concurrency, ct)).Seconds;
            rates[concurrency] = Math.Max(rate, rates.GetValueOrDefault(concurrency));
        }

        return rates;
    }

    private async Task<Turn> BareTurnAsync(int servers, WriteKind kind, int concurrency, CancellationToken ct)
    {
        var ns = await NewNamespaceAsync("bare", ct);
        await bench.Bare.ApplyServersAsync(Servers(ns, "s", servers), ct);
        await Task.Delay(TimeSpan.FromSeconds(1), ct);
        var (server, client) = (bench.Cluster.ProcessorTime, Environment.CpuUsage.TotalTime);
        var seconds = (await bench.Bare.WriteChildrenAsync(ns, kind, concurrency, ct)).TotalSeconds;
        var turn = new Turn(seconds, (bench.Cluster.ProcessorTime - server).TotalSeconds, (Environment.CpuUsage.TotalTime - client).TotalSeconds);
        bench.Say($"bare client, {kind}, {concurrency} at once: {servers} servers' children in {seconds:0.00} s ({servers * ChildTypes.Length / seconds:0} a second); {Join(turn)}");
        await LetControllersFinishAsync(ns, servers, ct);
        return turn;
    }

    private async Task<Turn> OperatorTurnAsync(int servers, CancellationToken ct)
    {
        var ns = await NewNamespaceAsync("operator", ct);
        await using var subject = OperatorProcess.Start(bench.Options, bench.Cluster, ns);
        await subject.WaitUntilReadyAsync(ct);
        await bench.Bare.ApplyServersAsync(Servers(ns, "warm", WarmUp), ct);
        var before = await CountsWhenAsync(ns, WarmUp, null, ct);
        await subject.WaitUntilIdleAsync(ct);
        var metrics = await subject.ReadMetricsAsync(ct);
        var (server, client) = (bench.Cluster.ProcessorTime, subject.ProcessorTime);

        var started = Stopwatch.GetTimestamp();
        var applying = bench.Bare.ApplyServersAsync(Servers(ns, "s", servers), ct);
        await CountsWhenAsync(ns, servers, before, ct);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var turn = new Turn(seconds, (bench.Cluster.ProcessorTime - server).TotalSeconds, (subject.ProcessorTime - client).TotalSeconds);
        await applying;

        var idle = Stopwatch.GetElapsedTime(started, await subject.WaitUntilIdleAsync(ct)).TotalSeconds;
        var after = await subject.ReadMetricsAsync(ct);
        _requests = Difference(metrics.By(KubeMetrics.ApiRequests, "verb"), after.By(KubeMetrics.ApiRequests, "verb"), servers);
        _passes = Difference(metrics.By(KubeMetrics.Reconciles, "outcome"), after.By(KubeMetrics.Reconciles, "outcome"), servers);
        bench.Say($"operator: {servers} servers in {seconds:0.00} s, and nothing left to do after {idle:0.00} s; for one server {Join(_requests)}; passes: {Join(_passes)}; {Join(turn)}");
        await LetControllersFinishAsync(ns, servers, ct);
        return turn;
    }

    /// <summary>
    /// Waits until every kind has so many more children than before. The last kind in the order of creation is asked for until it is
    /// complete, so that counting costs a few requests a second.
    /// </summary>
    private async Task<int[]> CountsWhenAsync(string ns, int more, int[]? before, CancellationToken ct)
    {
        var counts = new int[ChildTypes.Length];
        for (var i = counts.Length - 1; i >= 0; i--)
        {
            while ((counts[i] = await bench.Cluster.CountAsync(ChildTypes[i], ns, ct)) < (before?[i] ?? 0) + more)
            {
                await Task.Delay(50, ct);
            }
        }

        return counts;
    }

    /// <summary>The cluster's own controllers make a token for each account and endpoints for each Service; the next turn shall not pay for them.</summary>
    private async Task LetControllersFinishAsync(string ns, int servers, CancellationToken ct)
    {
        while (await bench.Cluster.CountAsync(ResourceType.Of<V1Endpoints>(), ns, ct) < servers)
        {
            await Task.Delay(100, ct);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), ct);
    }

    private async Task<string> NewNamespaceAsync(string what, CancellationToken ct)
    {
        var ns = $"{what}-{++_namespaces}";
        await bench.Cluster.CreateNamespaceAsync(ns, ct);
        return ns;
    }

    private static IEnumerable<Api.V1Alpha1.MCPServer> Servers(string ns, string prefix, int count) =>
        Enumerable.Range(0, count).Select(i => SampleServers.Make(Sample.Typical, ns, $"{prefix}{i}"));

    private static Dictionary<string, double> Difference(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after, int servers) =>
        after.ToDictionary(pair => pair.Key, pair => Math.Round((pair.Value - before.GetValueOrDefault(pair.Key)) / servers, 2));

    private static string Join(Turn turn) => $"processor time: server {turn.ServerProcessorSeconds:0.0} s, client {turn.ClientProcessorSeconds:0.0} s";

    private static string Join(IReadOnlyDictionary<string, double> numbers) => string.Join(", ", numbers.Where(n => n.Value > 0).Select(n => $"{n.Value:0.##} {n.Key}"));
}
