using System.Text;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What running servers' proxies withhold is found out beside the passes over servers.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DriftWatchTests
{
    private static readonly NamespacedName Weather = new("team-a", "weather");

    private readonly Pods _pods = new();
    private readonly Proxies _proxies = new();
    private readonly List<NamespacedName> _changed = [];
    private readonly DriftWatch _watch;

    public DriftWatchTests()
    {
        _watch = new(_pods, _proxies, TimeProvider.System);
        _watch.Changed += _changed.Add;
    }

    [Test]
    public async Task What_differs_is_told_once_and_taken_back_once()
    {
        _pods.Add("p1", "10.0.0.1", "t1");
        _pods.Add("p2", "10.0.0.2", "t1");
        _pods.Add("other", "10.0.0.3", "t2");
        _proxies.Say("10.0.0.1", "a", "x");
        _proxies.Say("10.0.0.2", "b", "y");
        _proxies.Say("10.0.0.3");

        await LookAsync(2);
        _changed.Should().Equal(Weather);
        _watch.Of(Weather).Keys.Should().Equal("t1");
        _watch.Of(Weather)["t1"].Should().BeEquivalentTo(new Dictionary<string, string> { ["a"] = "x", ["b"] = "y" });
        _watch.Of(new("team-b", "weather")).Should().BeEmpty();

        _proxies.Say("10.0.0.1");
        _pods.Remove("p2");
        await LookAsync(2);
        _changed.Should().Equal(Weather, Weather);
        _watch.Of(Weather).Should().BeEmpty();
    }

    [Test]
    public async Task Silence_takes_nothing_back_and_a_pod_that_is_not_ready_is_not_asked()
    {
        _pods.Add("p1", "10.0.0.1", "t1");
        _pods.Add("p2", "10.0.0.2", "t1", ready: "False");
        _proxies.Say("10.0.0.1", "a", "x");
        _proxies.Say("10.0.0.2", "b", "y");
        await LookAsync(1);

        _proxies.Silence("10.0.0.1");
        await LookAsync(1);

        _watch.Of(Weather)["t1"].Keys.Should().Equal("a");
        _changed.Should().HaveCount(1);
    }

    private async Task LookAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _watch.LookAsync(CancellationToken.None);
        }
    }

    private sealed class Proxies : IObservedSurfaces
    {
        private readonly Dictionary<string, SurfaceReport?> _reports = [];

        public void Say(string address) => _reports[address] = new() { Schema = SurfaceReport.CurrentSchema, Tools = [] };

        public void Say(string address, string tool, string difference) =>
            _reports[address] = new() { Schema = SurfaceReport.CurrentSchema, Tools = [], Withheld = new Dictionary<string, string> { [tool] = difference } };

        public void Silence(string address) => _reports[address] = null;

        public Task<SurfaceReport?> FindAsync(V1Pod pod, CancellationToken ct) => Task.FromResult(_reports[pod.Status!.PodIP!]);
    }

    private sealed class Pods : ILister<KubernetesDocument>
    {
        private readonly Dictionary<string, KubernetesDocument> _pods = [];

        public int Count => _pods.Count;

        public void Add(string name, string address, string template, string ready = "True") => _pods[name] = KubernetesDocument.Parse(Encoding.UTF8.GetBytes($$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}","namespace":"team-a","labels":{"{{Labels.Server}}":"weather","{{Labels.Template}}":"{{template}}"} },
             "status":{"podIP":"{{address}}","conditions":[{"type":"Ready","status":"{{ready}}"}]} }
            """));

        public void Remove(string name) => _pods.Remove(name);

        public IReadOnlyList<KubernetesDocument> List(string? ns = null) => [.. _pods.Values];

        public KubernetesDocument? Get(NamespacedName key) => throw new NotSupportedException();

        public IReadOnlyList<NamespacedName> Keys() => throw new NotSupportedException();

        public IReadOnlyList<KubernetesDocument> ByIndex(string index, string value) => throw new NotSupportedException();

        public IReadOnlyList<NamespacedName> KeysByIndex(string index, string value) => throw new NotSupportedException();
    }
}
