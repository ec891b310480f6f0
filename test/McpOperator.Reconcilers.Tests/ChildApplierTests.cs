using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Generators;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Reconcilers.Tests;

/// <summary>The applier against an API server in this process.</summary>
public sealed class ChildApplierTests() : ApplierTest(Type)
{
    private static readonly ResourceType Type = ResourceType.Of<V1ConfigMap>();
    private static readonly NamespacedName Key = new("team-a", "child");

    private static Child Wanted(string value = "1", string uid = "owner-uid") => Child.Of(new V1ConfigMap
    {
        Metadata = OfOwner(Key, uid),
        Data = new Dictionary<string, string> { ["a"] = value },
    });

    private Task<ChildOutcome> ApplyAsync(Child child) => Applier.ApplyAsync(Owner, child, null, CancellationToken.None);

    private Task SeenAsync(Func<KubernetesDocument?, bool> isThere) => Eventually.Holds(() => isThere(Cache.Get(Key)));

    private string Version => Server.Store.Find(Type, Key.Namespace, Key.Name)!["metadata"]!["resourceVersion"]!.GetValue<string>();

    private async Task EditAsync(string json) =>
        await Client.PatchAsync(Type, Key.Namespace, Key.Name, V1Patch.Merge((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(json)));

    [Test]
    public async Task A_missing_child_is_created_and_then_left_alone()
    {
        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Created);
        // Before the watch has brought it back ...
        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Unchanged);
        await SeenAsync(d => d is not null);
        // ... and after.
        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Unchanged);

        Server.Writes.Should().ContainSingle();
    }

    [Test]
    public async Task After_a_restart_nothing_is_written()
    {
        await ApplyAsync(Wanted());
        await RestartAsync();

        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Unchanged);

        Server.Writes.Should().ContainSingle();
    }

    [Test]
    public async Task Another_wish_is_an_update()
    {
        await ApplyAsync(Wanted());
        await SeenAsync(d => d is not null);

        (await ApplyAsync(Wanted("2"))).State.Should().Be(ChildState.Updated);

        Server.Store.Find(Type, Key.Namespace, Key.Name)!["data"]!["a"]!.GetValue<string>().Should().Be("2");
        await SeenAsync(d => d!.ResourceVersion == Version);
        (await ApplyAsync(Wanted("2"))).State.Should().Be(ChildState.Unchanged);
    }

    [Test]
    public async Task An_edit_by_somebody_else_is_put_right_and_the_field_is_named()
    {
        await ApplyAsync(Wanted());
        await EditAsync("""{"data":{"a":"hacked"}}""");
        await SeenAsync(d => d?.ResourceVersion == Version);

        var outcome = await ApplyAsync(Wanted());

        outcome.State.Should().Be(ChildState.Corrected);
        outcome.Message.Should().Be(".data.a");
        Server.Store.Find(Type, Key.Namespace, Key.Name)!["data"]!["a"]!.GetValue<string>().Should().Be("1");
    }

    [Test]
    public async Task A_deleted_child_comes_back()
    {
        await ApplyAsync(Wanted());
        await SeenAsync(d => d is not null);
        await Client.DeleteAsync(Type, Key.Namespace, Key.Name);
        await SeenAsync(d => d is null);

        // Whoever listens hears of it a moment after the memory has changed.
        await Eventually.Becomes(async () => (await ApplyAsync(Wanted())).State, state => state == ChildState.Created, "it is made again");

        Server.Store.Find(Type, Key.Namespace, Key.Name).Should().NotBeNull();
    }

    [TestCase("""{"ours":"yes"}""")]
    [TestCase("""{}""")]
    public async Task An_object_that_is_not_ours_is_left_alone_whether_we_see_it_or_not(string labels)
    {
        Server.Store.Put(Type, JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"child","namespace":"team-a","labels":{{{labels}}} },"data":{"a":"theirs"}}""")!.AsObject());
        await RestartAsync();

        var outcome = await ApplyAsync(Wanted());

        outcome.State.Should().Be(ChildState.NotOwned);
        outcome.Message.Should().Contain("ConfigMap child").And.Contain("left alone");
        (await ApplyAsync(Child.None<V1ConfigMap>(Key.Name))).State.Should().Be(ChildState.Unchanged);
        Server.Writes.Should().NotContain(w => w.Verb != "create", "a creation is refused where something stands; nothing else is tried");
        Server.Store.Find(Type, Key.Namespace, Key.Name)!["data"]!["a"]!.GetValue<string>().Should().Be("theirs");
    }

    [Test]
    public async Task A_namesakes_child_is_not_ours()
    {
        await ApplyAsync(Wanted(uid: "owner-uid"));
        await SeenAsync(d => d is not null);

        var outcome = await Applier.ApplyAsync(Owner with { Metadata = Owner.Metadata with { Uid = "other" } }, Wanted("2", "other"), null, CancellationToken.None);

        outcome.State.Should().Be(ChildState.NotOwned);
        Server.Writes.Should().ContainSingle();
    }

    [Test]
    public async Task What_is_not_wanted_any_more_is_deleted_once()
    {
        await ApplyAsync(Wanted());
        await SeenAsync(d => d is not null);

        (await ApplyAsync(Child.None<V1ConfigMap>(Key.Name))).State.Should().Be(ChildState.Deleted);
        await SeenAsync(d => d is null);
        (await ApplyAsync(Child.None<V1ConfigMap>(Key.Name))).State.Should().Be(ChildState.Unchanged);

        Server.Writes.Select(w => w.Verb).Should().Equal("create", "delete");
    }

    [Test]
    public async Task A_refusal_is_told_and_trouble_is_thrown()
    {
        Server.Fail("create", "configmaps", 422, reason: "Invalid");
        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Failed);

        Server.Fail("create", "configmaps", 500);
        await FluentActions.Awaiting(() => ApplyAsync(Wanted())).Should().ThrowAsync<KubernetesException>();
    }

    [Test]
    public async Task The_echo_of_our_own_write_is_known_as_such()
    {
        var news = new System.Collections.Concurrent.ConcurrentQueue<bool>();
        Cache.Informer.OnChange(change => news.Enqueue(!Cache.Acknowledge(change)));

        var applied = await ApplyAsync(Wanted());
        applied.State.Should().Be(ChildState.Created);
        await SeenAsync(d => d is not null);
        await EditAsync("""{"data":{"a":"hacked"}}""");

        await Eventually.Holds(() => news.Count == 2);
        news.Last().Should().BeTrue("an edit by somebody else is news");
    }

    /// <summary>A webhook or the kind's own rules may store another value than the one we send; that must not lead to a write in each pass.</summary>
    [Test]
    public async Task A_value_that_the_api_server_stores_in_another_form_is_not_written_for_ever()
    {
        await ApplyAsync(Wanted());
        await EditAsync("""{"data":{"a":"1.0"}}""");
        await SeenAsync(d => d?.ResourceVersion == Version);

        // The fake has no such rule, so the test plays it: our correction comes back in the other form, under the version of our write.
        (await ApplyAsync(Wanted())).State.Should().Be(ChildState.Corrected);
        var stored = Server.Store.Find(Type, Key.Namespace, Key.Name)!.DeepClone().AsObject();
        stored["data"]!["a"] = "1.0";
        var document = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(stored.ToJsonString()));

        Cache.IsAsCorrected(document).Should().BeTrue();
        stored["metadata"]!["resourceVersion"] = "999999";
        Cache.IsAsCorrected(KubernetesDocument.Parse(Encoding.UTF8.GetBytes(stored.ToJsonString()))).Should().BeFalse("a later edit is somebody's");
    }
}
