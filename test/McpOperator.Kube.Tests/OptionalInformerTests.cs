using System.Collections.Concurrent;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class OptionalInformerTests : ServerTest
{
    private static readonly ResourceType Definitions = ResourceType.Of<V1CustomResourceDefinition>();
    private readonly ConcurrentQueue<string> _told = new();
    private ApiDiscovery _discovery = null!;
    private OptionalInformer<Widget> _informer = null!;

    [SetUp]
    public void Make()
    {
        _told.Clear();
        Server.Store.StopServing(Widget.Resource);
        _discovery = new(Client);
        _informer = new(Informers.Typed<Widget>(Client), _discovery);
        _informer.OnAvailabilityChange(served => _told.Enqueue(served ? "appeared" : "went"));
        _informer.OnChange(c => _told.Enqueue($"{c.Key.Name} {(c.New is null ? "gone" : "here")}"));
    }

    [Test]
    public async Task A_kind_that_is_missing_counts_as_read()
    {
        Follow();
        await Eventually.Ends(_informer.WaitForSyncAsync());
        _informer.IsServed.Should().BeFalse();
        _informer.Count.Should().Be(0);
        Server.Requests.Should().NotContain(r => r.Resource == "widgets");
    }

    [Test]
    public async Task A_kind_that_is_there_is_read_before_anybody_goes_on()
    {
        await DefineAsync();
        Server.Store.Put(Widget.Named("a"));
        Follow();
        await Eventually.Ends(_informer.WaitForSyncAsync());
        _informer.Count.Should().Be(1);
    }

    [Test]
    public async Task A_kind_may_appear_and_go_and_appear_while_we_run()
    {
        Follow();
        await Eventually.Ends(_informer.WaitForSyncAsync());
        await DefineAsync();
        await Eventually.Holds(() => _told.Contains("appeared"), () => string.Join("; ", _told));
        Server.Store.Put(Widget.Named("a"));
        await Eventually.Holds(() => _informer.Count == 1);

        await Client.DeleteAsync<V1CustomResourceDefinition>("widgets.tests.example.com");
        await Eventually.Holds(() => _told.Contains("went"), () => string.Join("; ", _told));
        _informer.Count.Should().Be(0);
        _informer.IsServed.Should().BeFalse();
        _informer.HasSynced.Should().BeTrue();
        _told.Should().Equal("appeared", "a here", "a gone", "went");

        await DefineAsync();
        Server.Store.Put(Widget.Named("b"));
        await Eventually.Holds(() => _informer.Get(new("shop", "b")) is not null);
        await Eventually.Holds(() => _told.Count(t => t == "appeared") == 2);
    }

    [Test]
    public async Task Built_in_kinds_are_found_without_a_definition()
    {
        var missing = new ResourceType("apps", "v1", "Deployment", "deployments");
        _discovery.Track(ResourceType.Of<V1ConfigMap>());
        _discovery.Track(missing);
        Follow();
        await Eventually.Ends(_discovery.WaitForSyncAsync());
        _discovery.IsServed(ResourceType.Of<V1ConfigMap>()).Should().BeTrue();
        _discovery.IsServed(missing).Should().BeFalse();
        var unknown = () => _discovery.IsServed(ResourceType.Of<V1Pod>());
        unknown.Should().Throw<InvalidOperationException>().WithMessage("*pods*Track*");
    }

    /// <summary>An API server that has just been started lists kinds later than it shows their definitions.</summary>
    [Test]
    public async Task A_kind_whose_definition_stands_is_not_forgotten_when_discovery_lags()
    {
        await DefineAsync();
        Server.Store.Put(Widget.Named("a"));
        Follow();
        await Eventually.Ends(_informer.WaitForSyncAsync());
        var looks = 0;
        Server.Guard = context => context.Request.Path.Value == "/apis/tests.example.com/v1alpha1" && Interlocked.Increment(ref looks) <= 3 ? 404 : null;
        await Client.PatchAsync<V1CustomResourceDefinition>("widgets.tests.example.com", null, V1Patch.Merge(new { metadata = new { labels = new { touched = "yes" } } }));
        await Eventually.Holds(() => Volatile.Read(ref looks) > 3);
        _informer.IsServed.Should().BeTrue();
        _informer.Count.Should().Be(1);
        _told.Should().NotContain("went");
    }

    [Test]
    public async Task Without_the_right_to_read_definitions_discovery_still_works()
    {
        await DefineAsync();
        Server.Fail("list", "customresourcedefinitions", 403, times: 10_000, reason: "Forbidden");
        Follow();
        await Eventually.Ends(_informer.WaitForSyncAsync());
        _informer.IsServed.Should().BeTrue();
    }

    private void Follow()
    {
        Run(_discovery.RunAsync);
        Run(_informer.RunAsync);
    }

    private Task<AppliedObject> DefineAsync() => Client.ApplyAsync(
        Definitions, null, "widgets.tests.example.com", KubernetesJson.SerializeToUtf8Bytes(Widget.Definition), "tests", true);
}
