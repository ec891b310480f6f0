using System.Collections.Concurrent;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class InformerTests : ServerTest
{
    private readonly ConcurrentQueue<string> _changes = new();

    [SetUp]
    public void Forget() => _changes.Clear();

    [Test]
    public async Task What_exists_is_listed_in_pages_and_what_happens_is_followed()
    {
        Seed(5);
        var informer = Start(new() { PageSize = 2 });
        informer.HasSynced.Should().BeFalse();
        await Eventually.Ends(informer.WaitForSyncAsync());
        informer.Count.Should().Be(5);
        Server.Store.Put(Widget.Named("w1", "large"));
        Server.Store.Delete(Widget.Resource, "shop", "w2");
        Server.Store.Put(Widget.Named("new"));
        await Eventually.Holds(() => informer.Get(new("shop", "new")) is not null);
        informer.Get(new("shop", "w1"))!.Spec.Size.Should().Be("large");
        informer.Get(new("shop", "w2")).Should().BeNull();
        _changes.Skip(5).Should().Equal("w1 small>large", "w2 small>", "new >small");
        Requests("list").Should().Be(3);
    }

    [Test]
    public async Task A_packed_informer_hands_out_typed_objects_and_finds_them_by_index()
    {
        Seed(3);
        var informer = Informers.Packed<Widget>(Client);
        informer.AddIndex("size", static w => [w.Spec.Size]);
        informer.OnChange(c => _changes.Enqueue($"{c.Key.Name} {c.Old?.Spec.Size}>{c.New?.Spec.Size}"));
        Run(informer.RunAsync);
        await Eventually.Ends(informer.WaitForSyncAsync());
        Server.Store.Put(Widget.Named("w1", "large"));
        await Eventually.Holds(() => informer.KeysByIndex("size", "large").Count == 1);
        informer.Get(new("shop", "w1"))!.Spec.Size.Should().Be("large");
        informer.ByIndex("size", "small").Select(w => w.Metadata.Name).Should().BeEquivalentTo("w0", "w2");
        _changes.Skip(3).Should().Equal("w1 small>large");
    }

    [Test]
    public async Task A_cut_watch_goes_on_where_it_was_without_listing_again()
    {
        Seed(3);
        var informer = Start();
        await Following(informer);
        Server.CutWatches();
        Server.Store.Put(Widget.Named("missed"));
        Server.Store.Delete(Widget.Resource, "shop", "w0");
        await Eventually.Holds(() => informer.Get(new("shop", "missed")) is not null && informer.Get(new("shop", "w0")) is null);
        Requests("list").Should().Be(1);
        _changes.Should().HaveCount(5);
    }

    [TestCase(429)]
    [TestCase(503)]
    [TestCase(404, Description = "the kind is not served yet: the API server has just been started")]
    public async Task A_watch_that_the_API_server_cannot_open_goes_on_later_without_listing_again(int code)
    {
        Seed(2);
        var informer = Start();
        await Following(informer);
        Server.Fail("watch", "widgets", code, times: 3, reason: "");
        Server.CutWatches();
        Server.Store.Put(Widget.Named("missed"));
        await Eventually.Holds(() => informer.Get(new("shop", "missed")) is not null);
        Requests("list").Should().Be(1);
        _changes.Should().HaveCount(3);
    }

    [Test]
    public async Task When_history_is_forgotten_everything_is_listed_again_and_what_is_missing_counts_as_deleted()
    {
        Seed(4);
        var informer = Start(new() { PageSize = 2 });
        await Following(informer);
        await Server.StopAsync();
        Server.Store.Delete(Widget.Resource, "shop", "w0");
        Server.Store.Put(Widget.Named("w1", "large"));
        Server.Store.Put(Widget.Named("new"));
        Server.Store.Compact();
        await Server.StartAgainAsync();
        await Eventually.Holds(() => informer.Get(new("shop", "w0")) is null, () => string.Join("; ", _changes));
        _changes.Skip(4).Should().BeEquivalentTo("w1 small>large", "new >small", "w0 small>");
        informer.HasSynced.Should().BeTrue();
    }

    [Test]
    public async Task Bookmarks_spare_a_new_list_when_only_others_changed()
    {
        Seed(1);
        var informer = Start();
        await Following(informer);
        Server.Store.Compact();
        Server.SendBookmarks();
        await Eventually.Holds(() => informer.Version == Server.Store.Version.ToString());
        Server.CutWatches();
        await Eventually.Holds(() => Requests("watch") >= 2 && Server.OpenWatches == 1);
        Server.Store.Put(Widget.Named("new"));
        await Eventually.Holds(() => informer.Count == 2);
        Requests("list").Should().Be(1);
    }

    [Test]
    public async Task A_list_that_expires_between_pages_begins_anew()
    {
        Seed(6);
        var lists = 0;
        Server.Guard = context =>
        {
            if (context.Request.Query.ContainsKey("continue") && Interlocked.Increment(ref lists) == 1)
            {
                Server.Store.Compact();
            }

            return null;
        };
        var informer = Start(new() { PageSize = 2 });
        await Eventually.Ends(informer.WaitForSyncAsync());
        informer.Count.Should().Be(6);
        _changes.Should().HaveCount(6, "what was read already is not told twice");
    }

    [Test]
    public async Task Failures_are_tried_again_until_it_works()
    {
        Seed(2);
        Server.Fail("list", "widgets", 500, times: 2);
        Server.Fail("watch", "widgets", 429, times: 1);
        var informer = Start();
        await Following(informer);
        informer.Count.Should().Be(2);
        Requests("list").Should().Be(3);
    }

    [Test]
    public async Task Indexes_follow_changes()
    {
        Server.Store.Put(Widget.Named("a", "small"));
        Server.Store.Put(Widget.Named("b", "small"));
        Server.Store.Put(Widget.Named("c", "large"));
        var informer = Start();
        informer.AddIndex("size", w => [w.Spec.Size]);
        await Following(informer);
        informer.KeysByIndex("size", "small").Select(k => k.Name).Should().BeEquivalentTo("a", "b");
        Server.Store.Put(Widget.Named("a", "large"));
        Server.Store.Delete(Widget.Resource, "shop", "b");
        await Eventually.Holds(() => informer.Count == 2 && informer.KeysByIndex("size", "small").Count == 0);
        informer.ByIndex("size", "large").Select(w => w.Metadata.Name).Should().BeEquivalentTo("a", "c");
        informer.AddIndex("name", w => [w.Metadata.Name]);
        informer.KeysByIndex("name", "c").Should().HaveCount(1);
    }

    [Test]
    public async Task A_late_handler_hears_of_what_is_there()
    {
        Seed(2);
        var informer = Start();
        await Following(informer);
        var heard = new List<string>();
        informer.OnChange(c => heard.Add(c.Key.Name));
        heard.Should().BeEquivalentTo("w0", "w1");
    }

    [Test]
    public async Task A_failing_handler_harms_nobody()
    {
        Seed(2);
        var informer = Make(new());
        informer.OnChange(_ => throw new InvalidOperationException("on purpose"));
        Observe(informer);
        Run(informer.RunAsync);
        await Eventually.Holds(() => _changes.Count == 2);
    }

    [Test]
    public async Task An_object_that_cannot_be_read_hides_no_other()
    {
        void PutStrange(string name)
        {
            var nested = string.Concat(Enumerable.Repeat("[", 300)) + string.Concat(Enumerable.Repeat("]", 300));
            Server.Store.Put(Widget.Resource, System.Text.Json.Nodes.JsonNode.Parse(
                $$"""{"metadata":{"name":"{{name}}","namespace":"shop"},"spec":{"size":["no text"],"deep":{{nested}} } }""",
                documentOptions: new() { MaxDepth = 1000 })!.AsObject());
        }

        PutStrange("deep");
        Seed(1);
        var informer = Start();
        await Following(informer);
        informer.Count.Should().Be(1);
        PutStrange("deeper");
        Server.Store.Put(Widget.Named("after"));
        await Eventually.Holds(() => informer.Get(new("shop", "after")) is not null);
        var documents = Informers.Documents(Client, Widget.Resource);
        Run(documents.RunAsync);
        await Eventually.Ends(documents.WaitForSyncAsync());
        documents.Count.Should().Be(4);
        Requests("list").Should().Be(2);
    }

    [Test]
    public async Task A_resync_tells_handlers_and_asks_nobody()
    {
        Seed(2);
        var clock = new FakeClock();
        using var client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(Server.Address), clock);
        var informer = Informers.Typed<Widget>(client, new() { ResyncPeriod = TimeSpan.FromMinutes(1) }, clock);
        Observe(informer);
        Run(informer.RunAsync);
        await Following(informer);
        var before = Server.Requests.Count;
        clock.Advance(TimeSpan.FromMinutes(1));
        _changes.Skip(2).Should().BeEquivalentTo("w0 small>small", "w1 small>small");
        Server.Requests.Count.Should().Be(before);
    }

    [Test]
    public async Task Documents_are_kept_small()
    {
        var wanted = Objects.KubernetesJson.SerializeToUtf8Bytes(Widget.Named("a"));
        await Client.ApplyAsync(Widget.Resource, "shop", "a", wanted, "tests", true);
        var informer = Informers.Documents(Client, Widget.Resource, new() { Drop = ["status"] }, new() { LabelSelector = "!hidden" });
        Run(informer.RunAsync);
        await Eventually.Ends(informer.WaitForSyncAsync());
        var document = informer.Get(new("shop", "a"))!;
        document.ToJsonElement().GetProperty("metadata").TryGetProperty("managedFields", out _).Should().BeFalse();
        document.Deserialize<Widget>().Spec.Size.Should().Be("small");
        Server.Requests.First(r => r.Verb == "list").Query.Should().Contain("labelSelector=%21hidden");
    }

    private void Seed(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Server.Store.Put(Widget.Named($"w{i}"));
        }
    }

    private Informer<Widget> Make(InformerOptions options) => Informers.Typed<Widget>(Client, options);

    private Informer<Widget> Start(InformerOptions? options = null)
    {
        var informer = Make(options ?? new());
        Observe(informer);
        Run(informer.RunAsync);
        return informer;
    }

    private void Observe(Informer<Widget> informer) =>
        informer.OnChange(c => _changes.Enqueue($"{c.Key.Name} {c.Old?.Spec.Size}>{c.New?.Spec.Size}"));

    private async Task Following(Informer<Widget> informer)
    {
        await Eventually.Ends(informer.WaitForSyncAsync());
        await Eventually.Holds(() => Server.OpenWatches == 1);
    }

    private int Requests(string verb) => Server.Requests.Count(r => r.Verb == verb);
}
