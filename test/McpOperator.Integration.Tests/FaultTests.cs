using System.Diagnostics;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>
/// A cluster of its own, which is hurt: definitions go, connections break, the API server and the operator die. What the API server's log
/// shows counts. The shared cluster is left in peace meanwhile, which <see cref="SteadyStateTests"/> uses.
/// </summary>
[Order(2)]
public sealed class FaultTests : ServerTest
{
    private const int LeaseSeconds = 3;
    /// <summary>A thousand servers take half a minute on two idle cores, and much longer on busy ones.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(8);

    private Cluster? _cluster;
    private OperatorProcess? _operator;

    protected override Cluster Cluster => _cluster!;

    protected override OperatorProcess? Operator => _operator;

    private string ConfigFile => Path.Combine(Cluster.Folder, "config.yaml");

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        _cluster = await Cluster.StartAsync("faults", Suite.Say, optional: false);
        await File.WriteAllTextAsync(ConfigFile, Suite.Configuration);
    }

    [OneTimeTearDown]
    public async Task StopCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [TearDown]
    public async Task StopOperator()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
            _operator = null;
        }
    }

    [Test, Order(1)]
    public async Task What_is_not_installed_is_named_and_used_once_it_is_there()
    {
        _operator = await StartOperatorAsync(Cluster.OperatorKubeconfig);
        await CreateServerAsync("wants", """{"runtime": "Knative"}""");
        await CreateServerAsync("auto");

        (await UntilConditionAsync("wants", "WorkloadReady", "False/KnativeMissing")).Condition("Ready").Should().StartWith("False/KnativeMissing");
        await UntilEventAsync("wants", "KnativeMissing");
        await UntilConditionAsync("wants", "MonitoringReady", "False/PrometheusOperatorMissing");
        await UntilAsync(Kinds.Deployment, "auto-mcp");
        await Simulated.PodIsReadyAsync(Api, Ns, (await Simulated.PodsAsync(Api, Ns, "auto", 1))[0].Name());
        (await UntilConditionAsync("auto", "Ready", "True/")).Condition("MonitoringReady").Should().StartWith("False/PrometheusOperatorMissing", "a missing monitor hurts no call");

        Suite.Say("  Knative and the Prometheus Operator are installed");
        await InstallOptionalAsync();

        await UntilAsync(Kinds.Knative, "wants-mcp");
        await UntilAsync(Kinds.Monitor, "wants-mcp");
        await UntilConditionAsync("wants", "MonitoringReady", "True/");
        await UntilConditionAsync("wants", "WorkloadReady", "Unknown/");
        await Simulated.KnativeAsync(Api, Ns, "wants-mcp");
        await UntilConditionAsync("wants", "Ready", "True/");
        (await Api.FindAsync(Kinds.Deployment, Ns, "auto-mcp")).Should().NotBeNull("what runs is not moved");

        Suite.Say("  and removed again");
        await Cluster.UninstallAsync(Kinds.Knative.ToString());
        await Cluster.UninstallAsync(Kinds.Monitor.ToString());
        await UntilConditionAsync("wants", "Ready", "False/KnativeMissing");
        await UntilConditionAsync("auto", "MonitoringReady", "False/PrometheusOperatorMissing");

        await InstallOptionalAsync();
        await UntilAsync(Kinds.Knative, "wants-mcp");
        await UntilAsync(Kinds.Monitor, "auto-mcp");
        _operator.HasEnded.Should().BeFalse();
    }

    [Test, Order(2)]
    public async Task Watches_that_are_cut_go_on_and_miss_nothing()
    {
        await InstallOptionalAsync();
        await using var proxy = new CuttingProxy(Api.Server);
        _operator = await StartOperatorAsync(proxy.Kubeconfig(Cluster.OperatorKubeconfig, Cluster.Folder));
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"]}""");
        await CreateManyAsync(0, 20, """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
        await UntilAllHaveAsync(20, KnativeChildren("").Count);

        for (var round = 1; round <= 3; round++)
        {
            var cut = proxy.Connections;
            proxy.Cut();
            // While nobody listens: a change, a deletion and a new server.
            await Api.MergeAsync(Kinds.ToolConfig, Ns, "tools", Json.Parse($$"""{"spec": {"toolsFilter": ["tool-{{round}}"]} }"""));
            await Api.DeleteAsync(Kinds.NetworkPolicy, Ns, "s0-mcp");
            await CreateManyAsync(20 + round - 1, 1, """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
            proxy.Cut();

            await UntilAllHaveAsync(20 + round, KnativeChildren("").Count);
            await Eventually.Becomes(
                async () => (await Api.ListAsync(Kinds.ConfigMap, Ns, $"{Labels.Role}={Labels.PolicyRole}")).Count(m => PolicyIn(m).Text("tools.filter.0") == $"tool-{round}"),
                count => count == 20 + round, $"all servers have filter {round}", () => Operator!.LogEnd);
            Suite.Say($"  {cut} connections cut, all is as it should be again");
        }
    }

    [Test, Order(3)]
    public async Task When_the_leader_dies_the_other_goes_on_and_nothing_is_written_twice()
    {
        const int Count = 150;
        await InstallOptionalAsync();
        var mark = Cluster.Audit.Mark();
        var leader = await StartOperatorAsync(Cluster.OperatorKubeconfig);
        try
        {
            await UntilLeadsAsync(leader);
            _operator = await StartOperatorAsync(Cluster.OperatorKubeconfig);
            await CreateManyAsync(0, Count, """{"runtime": "Knative"}""");
            await Eventually.Becomes(() => Api.ListAsync(Kinds.Knative, Ns), l => l.Count > Count / 5, "the leader is in the middle of it", () => leader.LogEnd);
            (await _operator.MetricAsync("mcp_operator_leader")).Should().Be(0);

            var watch = Stopwatch.StartNew();
            await leader.KillAsync();
            var left = (await Api.ListAsync(Kinds.Knative, Ns)).Count;
            await UntilLeadsAsync(_operator);
            var taken = watch.Elapsed;
            await UntilAllHaveAsync(Count, KnativeChildren("").Count);

            Suite.Say($"  killed after {left} of {Count} servers; the other leads after {taken.TotalSeconds:0.0} s (lease {LeaseSeconds} s), all is made after {watch.Elapsed.TotalSeconds:0.0} s");
            left.Should().BeLessThan(Count, "otherwise nothing was left to take over");
            taken.Should().BeLessThan(TimeSpan.FromSeconds((2 * LeaseSeconds) + 2));
        }
        finally
        {
            await leader.DisposeAsync();
        }

        await UntilQuietAsync(Cluster);
        await NothingIsWrittenTwiceAsync(mark);
    }

    [Test, Order(4)]
    public async Task A_leader_that_is_told_to_stop_hands_over_at_once()
    {
        var leader = await StartOperatorAsync(Cluster.OperatorKubeconfig);
        try
        {
            await UntilLeadsAsync(leader);
            _operator = await StartOperatorAsync(Cluster.OperatorKubeconfig);
            (await leader.StopAsync()).Should().Be(0);
            var watch = Stopwatch.StartNew();
            await UntilLeadsAsync(_operator);
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(LeaseSeconds), "it gives the lease up rather than let it expire");
        }
        finally
        {
            await leader.DisposeAsync();
        }
    }

    [Test, Order(5)]
    public async Task An_API_server_that_dies_in_the_middle_of_it_finds_the_operator_waiting()
    {
        const int Count = 200;
        await InstallOptionalAsync();
        _operator = await StartOperatorAsync(Cluster.OperatorKubeconfig);
        var mark = Cluster.Audit.Mark();
        await CreateManyAsync(0, Count, """{"runtime": "Knative"}""");
        await Eventually.Becomes(() => Api.ListAsync(Kinds.Knative, Ns), l => l.Count > Count / 5, "the operator is in the middle of it", () => Operator!.LogEnd);

        await Cluster.KillApiServerAsync();
        var watch = Stopwatch.StartNew();
        await Eventually.Becomes(() => Task.FromResult(Operator!.LogEnd), log => log.Contains(" WRN ", StringComparison.Ordinal), "the operator notices", () => Operator!.LogEnd);
        await Cluster.StartApiServerAsync();
        Suite.Say($"  the API server is back after {watch.Elapsed.TotalSeconds:0.0} s, with {(await Api.ListAsync(Kinds.Knative, Ns)).Count} of {Count} servers made");
        watch.Restart();
        await UntilAllHaveAsync(Count, KnativeChildren("").Count);
        Suite.Say($"  all are made {watch.Elapsed.TotalSeconds:0.0} s later");

        Operator!.HasEnded.Should().BeFalse();
        Operator.Log.SkipWhile(l => !l.Contains(" ERR ", StringComparison.Ordinal) && !l.Contains("   at ", StringComparison.Ordinal)).Take(5).Should().BeEmpty("an API server that is away is no error of ours");
        await UntilQuietAsync(Cluster);
        await NothingIsWrittenTwiceAsync(mark);
    }

    [Test, Order(6), Category("Slow")]
    public async Task A_restart_with_a_thousand_servers_writes_nothing()
    {
        const int Count = 1000;
        await InstallOptionalAsync();
        _operator = await StartOperatorAsync(Cluster.OperatorKubeconfig, "--log-level", "Warning");
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"]}""");
        var watch = Stopwatch.StartNew();
        await CreateManyAsync(0, Count / 2, """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
        await CreateManyAsync(Count / 2, Count / 2, """{"runtime": "Knative", "transport": "sse", "permissionProfile": {"type": "builtin", "name": "network"}}""");
        await UntilAllHaveAsync(Count, KnativeChildren("").Count);
        await UntilQuietAsync(Cluster);
        Suite.Say($"  {Count} servers are made after {watch.Elapsed.TotalSeconds:0} s; the operator has {Operator!.ResidentBytes / 1024 / 1024} MiB");
        (await _operator.StopAsync()).Should().Be(0);

        var mark = Cluster.Audit.Mark();
        watch.Restart();
        await using var again = await StartOperatorAsync(Cluster.OperatorKubeconfig);
        await Eventually.Becomes(() => again.MetricAsync("mcp_operator_reconciles_total", "controller=\"mcpserver\""), n => n >= Count, "it has looked at all servers", () => again.LogEnd, Long);
        await UntilQueueIsEmptyAsync(again);

        var writes = Cluster.Audit.Since(mark, OperatorProcess.UserAgent).Where(w => !w.IsLease).ToList();
        Suite.Say($"  restarted and done after {watch.Elapsed.TotalSeconds:0.0} s with {writes.Count} writes; {again.ResidentBytes / 1024 / 1024} MiB");
        writes.Should().BeEmpty();
        (await again.StopAsync()).Should().Be(0);
    }

    /// <summary>Waits until the operator has written nothing for a while.</summary>
    internal static async Task UntilQuietAsync(Cluster cluster)
    {
        var (mark, since) = (cluster.Audit.Mark(), Stopwatch.StartNew());
        await Eventually.Becomes(
            () =>
            {
                var next = cluster.Audit.Mark();
                if (cluster.Audit.Since(mark, OperatorProcess.UserAgent).Any(w => !w.IsLease))
                {
                    since.Restart();
                    mark = next;
                }

                return Task.FromResult(since.Elapsed);
            },
            quiet => quiet > TimeSpan.FromSeconds(3),
            "the operator has written nothing for 3 s",
            () => string.Join('\n', cluster.Audit.Since(mark, OperatorProcess.UserAgent)),
            Long);
    }

    private async Task InstallOptionalAsync()
    {
        await Cluster.InstallKnativeAsync();
        await Cluster.InstallPrometheusOperatorAsync();
    }

    private Task<OperatorProcess> StartOperatorAsync(string kubeconfig, params string[] more) =>
        OperatorProcess.StartAsync(kubeconfig, ConfigFile, ["--lease-seconds", $"{LeaseSeconds}", .. more]);

    private static Task UntilLeadsAsync(OperatorProcess process) =>
        Eventually.Becomes(() => process.MetricAsync("mcp_operator_leader"), leads => leads == 1, "the operator leads", () => process.LogEnd);

    private static Task UntilQueueIsEmptyAsync(OperatorProcess process) =>
        Eventually.Becomes(() => process.MetricAsync("mcp_operator_workqueue_depth"), depth => depth == 0, "the queue is empty", () => process.LogEnd);

    private Task CreateManyAsync(int first, int count, string spec) => Parallel.ForEachAsync(
        Enumerable.Range(first, count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await CreateServerAsync($"s{i}", spec));

    private async Task UntilAllHaveAsync(int servers, int childrenEach)
    {
        var perKind = "";
        await Eventually.Becomes(
            async () =>
            {
                var counts = new List<(string Kind, int Count)>();
                foreach (var type in Kinds.Children)
                {
                    counts.Add((type.Kind, (await Api.ListAsync(type, Ns, $"{Labels.ManagedBy}={Labels.Manager}")).Count));
                }

                perKind = string.Join(", ", counts);
                return counts.Sum(c => c.Count);
            },
            count => count == servers * childrenEach, $"{servers} servers have {childrenEach} children each", () => $"{perKind}\n{Operator?.LogEnd}", Long);
    }

    /// <summary>Every child of this test's servers was sent once, as the API server saw it: it was made, and there was nothing to change.</summary>
    private async Task NothingIsWrittenTwiceAsync(long mark)
    {
        var writes = Cluster.Audit.Since(mark, OperatorProcess.UserAgent).Where(w => w.Namespace == Ns).ToList();
        var children = writes.Where(w => w.Code is >= 200 and < 300 && w.Resource is not ("events" or "mcpservers.mcpoperator.io")).ToList();
        var corrections = (await Api.ListAsync(Kinds.Event, Ns)).Where(e => e.Text("reason") == "DriftCorrected").Select(e => e.Text("message"));
        children.Should().NotBeEmpty();
        children.GroupBy(w => (w.Resource, w.Name)).Where(g => g.Count() > 1).Select(g => string.Join("; ", g))
            .Should().BeEmpty($"nobody but the operator has written; it took these for somebody's changes: [{string.Join(" | ", corrections)}]");
    }
}
