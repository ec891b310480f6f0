using System.Diagnostics;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>
/// Nothing changes, so nothing is written. The quiet minute on the shared cluster passes while <see cref="FaultTests"/> hurt another one.
/// </summary>
[Order(1)]
public sealed class SteadyStateTests : ServerTest
{
    /// <summary>The servers have to stay until the minute is over.</summary>
    protected override bool KeepsNamespace => true;

    /// <summary>Where the minute begins in the API server's log.</summary>
    internal static (long Mark, Stopwatch Since)? Begun { get; private set; }

    [Test, Category("Slow")]
    public async Task Servers_of_every_sort_settle_for_the_quiet_minute()
    {
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"], "toolsOverride": {"a": {"name": "b"}}}""");
        for (var i = 0; i < 5; i++)
        {
            await CreateServerAsync($"knative{i}", """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
            await CreateServerAsync($"deployment{i}", """{"runtime": "Deployment", "permissionProfile": {"type": "builtin", "name": "network"}}""");
            await CreateServerAsync($"stdio{i}", """{"transport": "stdio", "command": ["/server"], "resources": {"requests": {"cpu": "0.05", "memory": "0.5Gi"}, "limits": {"memory": "1024Mi"}}}""");
            await CreateServerAsync($"missing{i}", """{"toolConfigRef": {"name": "none"}}""");
            await CreateServerAsync($"refused{i}", """{"image": "example.com/image"}""");
            await UntilAsync(Kinds.Knative, $"knative{i}-mcp");
            await Simulated.KnativeAsync(Api, Ns, $"knative{i}-mcp");
            await Simulated.PodIsReadyAsync(Api, Ns, (await Simulated.PodsAsync(Api, Ns, $"deployment{i}", 1))[0].Name());
            await UntilConditionAsync($"knative{i}", "Ready", "True/");
            await UntilConditionAsync($"deployment{i}", "Ready", "True/");
            await UntilConditionAsync($"stdio{i}", "Ready", "Unknown/");
            await UntilConditionAsync($"missing{i}", "Ready", "False/NotFound");
            await UntilConditionAsync($"refused{i}", "Ready", "False/");
        }

        await Eventually.Becomes(
            async () => string.Join(", ", (await Api.ListAsync(Kinds.Namespace)).Select(n => n.Name()).Where(n => n.StartsWith('t') && n != Ns)),
            left => left.Length == 0, "the other tests' namespaces are gone", within: TimeSpan.FromMinutes(1));
        await FaultTests.UntilQuietAsync(Cluster);
        Begun = (Cluster.Audit.Mark(), Stopwatch.StartNew());
    }
}

/// <summary>The other end of the quiet minute.</summary>
[Order(3)]
public sealed class SteadyStateAfterAMinuteTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Test, Category("Slow")]
    public async Task The_operator_writes_nothing_for_a_minute_in_which_nothing_changes()
    {
        var (mark, since) = SteadyStateTests.Begun ?? throw new InconclusiveException("the minute has not begun: run SteadyStateTests as well");
        if (since.Elapsed < Minute)
        {
            Suite.Say($"  waits {(Minute - since.Elapsed).TotalSeconds:0} s for the minute to pass");
            await Task.Delay(Minute - since.Elapsed);
        }

        var writes = Suite.Cluster.Audit.Since(mark, OperatorProcess.UserAgent);
        Suite.Say($"  in {since.Elapsed.TotalSeconds:0} s the operator wrote {writes.Count(w => !w.IsLease)} times, and renewed its lease {writes.Count(w => w.IsLease)} times");
        writes.Where(w => !w.IsLease).Should().BeEmpty();
        writes.Where(w => w.IsLease).Should().NotBeEmpty("otherwise it does not live, or the log does not work");
    }
}
