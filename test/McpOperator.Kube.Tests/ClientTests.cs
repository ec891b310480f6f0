using System.Text;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class ClientTests : ServerTest
{
    [Test]
    public async Task An_object_that_is_not_there_is_null_and_not_an_error()
    {
        (await Client.GetAsync<Widget>("a", "shop")).Should().BeNull();
        (await Client.DeleteAsync<Widget>("a", "shop")).Should().BeFalse();
        (await Client.GetPathAsync<V1Status>("/apis/nobody.example.com/v1")).Should().BeNull();
    }

    [Test]
    public async Task An_object_is_created_read_replaced_and_deleted()
    {
        var made = await Client.CreateAsync(Widget.Named("a"));
        made.Metadata.Uid.Should().NotBeNullOrEmpty();
        var changed = await Client.UpdateAsync(made with { Spec = new() { Size = "large" } });
        changed.Metadata.Generation.Should().Be(2);
        (await Client.GetAsync<Widget>("a", "shop"))!.Spec.Size.Should().Be("large");
        (await Client.DeleteAsync<Widget>("a", "shop", new() { PropagationPolicy = "Background" })).Should().BeTrue();
        Server.Requests.Last().Body.Should().Contain("\"propagationPolicy\":\"Background\"");
        (await Client.GetAsync<Widget>("a", "shop")).Should().BeNull();
    }

    [Test]
    public async Task Replacing_an_old_version_is_a_conflict()
    {
        var made = await Client.CreateAsync(Widget.Named("a"));
        await Client.UpdateAsync(made with { Spec = new() { Size = "large" } });
        var late = () => Client.UpdateAsync(made with { Spec = new() { Size = "tiny" } });
        (await late.Should().ThrowAsync<KubernetesException>()).Which.IsConflict.Should().BeTrue();
        var twice = () => Client.CreateAsync(Widget.Named("a"));
        (await twice.Should().ThrowAsync<KubernetesException>()).Which.Should().Match<KubernetesException>(e => e.IsAlreadyExists && !e.IsConflict);
    }

    [Test]
    public async Task Writing_the_status_leaves_the_rest_alone()
    {
        var made = await Client.CreateAsync(Widget.Named("a"));
        var after = await Client.UpdateStatusAsync(made with { Spec = new() { Size = "no" }, Status = new() { Phase = "Up" } });
        after.Should().Match<Widget>(w => w.Spec.Size == "small" && w.Status.Phase == "Up" && w.Metadata.Generation == 1);
    }

    [Test]
    public async Task Writing_the_status_of_an_old_version_is_a_conflict_and_what_the_new_status_lacks_goes()
    {
        var made = await Client.CreateAsync(Widget.Named("a"));
        var up = await Client.UpdateStatusAsync(made with { Status = new() { Phase = "Up" } });
        var late = () => Client.UpdateStatusAsync(made with { Status = new() { Phase = "Down" } });
        (await late.Should().ThrowAsync<KubernetesException>()).Which.IsConflict.Should().BeTrue();
        (await Client.UpdateStatusAsync(up with { Status = new() })).Status.Phase.Should().BeNullOrEmpty();
        Server.Requests.Last().Should().Match<SeenRequest>(r => r.Verb == "patch" && r.Subresource == "status" && !r.Body.Contains("spec"), "API servers before 1.22 would make us own what is sent");
    }

    [Test]
    public async Task Patches_change_what_they_name()
    {
        await Client.CreateAsync(Widget.Named("a"));
        var merged = await Client.PatchAsync<Widget>("a", "shop", V1Patch.Merge(new { spec = new { size = "large" } }));
        merged.Spec.Size.Should().Be("large");
        var operated = await Client.PatchAsync<Widget>(
            "a", "shop", V1Patch.Json("""[{"op":"replace","path":"/spec/size","value":"tiny"}]"""u8.ToArray()));
        operated.Spec.Size.Should().Be("tiny");
        var status = await Client.PatchAsync<Widget>("a", "shop", V1Patch.Merge(new { status = new { phase = "Up" } }), "status");
        status.Status.Phase.Should().Be("Up");
    }

    [Test]
    public async Task Applying_creates_then_changes_and_then_does_nothing()
    {
        var wanted = KubernetesJson.SerializeToUtf8Bytes(Widget.Named("a"));
        var first = await Client.ApplyAsync(Widget.Resource, "shop", "a", wanted, "tests", force: true);
        var again = await Client.ApplyAsync(Widget.Resource, "shop", "a", wanted, "tests", force: true);
        again.Should().Be(first);
        first.Uid.Should().NotBeEmpty();
        var other = KubernetesJson.SerializeToUtf8Bytes(Widget.Named("a", "large"));
        var changed = await Client.ApplyAsync(Widget.Resource, "shop", "a", other, "tests", force: true);
        changed.Generation.Should().Be(2);
        Server.Requests.Last().Query.Should().Be("?fieldManager=tests&force=true");
    }

    [Test]
    public async Task Deleting_under_a_condition_that_does_not_hold_is_a_conflict()
    {
        var made = await Client.CreateAsync(Widget.Named("a"));
        var wrong = () => Client.DeleteAsync<Widget>("a", "shop", new() { Uid = "another" });
        (await wrong.Should().ThrowAsync<KubernetesException>()).Which.IsConflict.Should().BeTrue();
        (await Client.DeleteAsync<Widget>("a", "shop", new() { Uid = made.Metadata.Uid })).Should().BeTrue();
    }

    [TestCase(7, 3)]
    [TestCase(6, 3)]
    [TestCase(0, 3)]
    public async Task A_list_is_read_page_by_page(int count, int pageSize)
    {
        Seed(count);
        var names = await NamesAsync(new() { PageSize = pageSize });
        names.Should().Equal(Enumerable.Range(0, count).Select(i => $"w{i}"));
        Server.Requests.Count(r => r.Verb == "list").Should().Be(Math.Max(1, (count + pageSize - 1) / pageSize));
    }

    [Test]
    public async Task A_list_whose_snapshot_expires_goes_on_without_losing_or_doubling_anything()
    {
        Seed(6);
        var names = new List<string>();
        await foreach (var widget in Client.ListAsync<Widget>("shop", new() { PageSize = 2 }))
        {
            names.Add(widget.Metadata.Name);
            if (names.Count == 2)
            {
                Server.Store.Compact();
            }
        }

        names.Should().Equal("w0", "w1", "w2", "w3", "w4", "w5");
    }

    [Test]
    public async Task A_list_can_be_narrowed()
    {
        Server.Store.Put(Widget.Named("a") with { Metadata = new() { Name = "a", NamespaceProperty = "shop", Labels = Labels("red") } });
        Server.Store.Put(Widget.Named("b") with { Metadata = new() { Name = "b", NamespaceProperty = "shop", Labels = Labels("blue") } });
        Server.Store.Put(Widget.Named("c", ns: "elsewhere"));
        (await NamesAsync(new() { LabelSelector = "colour=red" })).Should().Equal("a");
        (await NamesAsync(new() { FieldSelector = "metadata.name=b" })).Should().Equal("b");
    }

    [Test]
    public async Task Busy_servers_are_asked_again_after_the_time_they_ask_for()
    {
        Server.Fail("get", "widgets", 429, times: 2, retryAfter: 3);
        Server.Store.Put(Widget.Named("a"));
        var clock = new FakeClock();
        using var client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(Server.Address), clock);
        var reading = client.GetAsync<Widget>("a", "shop");
        await Eventually.Holds(() => Server.Requests.Count == 1 && clock.Timers == 1);
        clock.Advance(TimeSpan.FromSeconds(2.9));
        reading.IsCompleted.Should().BeFalse();
        Server.Requests.Should().HaveCount(1);
        await Eventually.Holds(() => reading.IsCompleted, each: () => clock.Advance(TimeSpan.FromSeconds(0.1)));
        (await reading)!.Metadata.Name.Should().Be("a");
        Server.Requests.Should().HaveCount(3);
    }

    [Test]
    public async Task Patience_with_busy_servers_has_an_end()
    {
        Server.Fail("get", "widgets", 429, times: 100, retryAfter: 0, reason: "TooManyRequests");
        var reading = () => Client.GetAsync<Widget>("a", "shop");
        var e = (await reading.Should().ThrowAsync<KubernetesException>()).Which;
        e.IsTooManyRequests.Should().BeTrue();
        e.Status.Reason.Should().Be("TooManyRequests");
        Server.Requests.Should().HaveCount(5);
    }

    /// <summary>As API servers before 1.22 say for a moment after their start of every kind that a definition makes.</summary>
    [Test]
    public async Task A_kind_that_is_not_served_does_not_mean_that_its_objects_are_gone()
    {
        Server.Store.Put(Widget.Named("a"));
        Server.Fail("*", "widgets", 404, times: 2, reason: "");
        var reading = () => Client.GetAsync<Widget>("a", "shop");
        var deleting = () => Client.DeleteAsync<Widget>("a", "shop");
        foreach (var asking in new Func<Task>[] { reading, deleting })
        {
            var e = (await asking.Should().ThrowAsync<KubernetesException>()).Which;
            e.Should().BeEquivalentTo(new { IsNotServed = true, IsUnavailable = true, IsNotFound = false });
            e.Message.Should().Match("* widgets.tests.example.com shop/a: the API server does not serve that, *CustomResourceDefinition* failed on purpose (HTTP 404)");
        }

        (await reading()).Should().NotBeNull();
        (await deleting()).Should().BeTrue();
        (await deleting()).Should().BeFalse("now it is gone");
        (await Client.GetPathAsync<V1Status>("/apis/nobody.example.com/v1")).Should().BeNull();
    }

    [Test]
    public async Task Failures_without_a_time_are_not_repeated()
    {
        Server.Fail("get", "widgets", 503);
        var reading = () => Client.GetAsync<Widget>("a", "shop");
        (await reading.Should().ThrowAsync<KubernetesException>()).Which.Message.Should().Be("get widgets.tests.example.com shop/a: failed on purpose (HTTP 503)");
    }

    [Test]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        var held = new TaskCompletionSource();
        Server.Guard = _ =>
        {
            held.Task.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        var clock = new FakeClock();
        using var client = new KubernetesClient(
            new(Server.Address, "test") { RequestTimeout = TimeSpan.FromSeconds(7) }, clock);
        var reading = client.GetAsync<Widget>("a", "shop");
        await Eventually.Holds(() => clock.Timers > 0);
        clock.Advance(TimeSpan.FromSeconds(7));
        var wait = () => Eventually.Ends(reading);
        (await wait.Should().ThrowAsync<KubernetesConnectionException>()).WithMessage("*no answer*within 7 s");
        held.SetResult();
    }

    [Test]
    public async Task A_server_that_is_not_there_is_named()
    {
        await Server.StopAsync();
        var reading = () => Client.GetAsync<Widget>("a", "shop");
        (await reading.Should().ThrowAsync<KubernetesConnectionException>()).WithMessage($"get widgets* shop/a: {Server.Address.ToString().TrimEnd('/')}*refused*");
        await Server.StartAgainAsync();
    }

    [Test]
    public async Task Cancelling_is_not_an_error_of_the_server()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var reading = () => Client.GetAsync<Widget>("a", "shop", cancelled.Token);
        await reading.Should().ThrowAsync<OperationCanceledException>();
    }

    [TestCase("")]
    [TestCase("a/b")]
    [TestCase("..")]
    public async Task Names_that_would_address_something_else_are_refused(string name)
    {
        var deleting = () => Client.DeleteAsync<Widget>(name, "shop");
        await deleting.Should().ThrowAsync<ArgumentException>();
        Server.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task A_watch_tells_what_happened_after_a_version()
    {
        Server.Store.Put(Widget.Named("before"));
        var version = Server.Store.Version.ToString();
        Server.Store.Put(Widget.Named("a"));
        Server.Store.Delete(Widget.Resource, "shop", "a");
        var seen = new List<string>();
        await foreach (var e in Client.WatchAsync(Widget.Resource, "shop", version, ItemDecoders.Typed<Widget>(), ct: Ended))
        {
            seen.Add($"{e.Type} {e.Header.Name} {e.Item?.Spec.Size}");
            if (seen.Count == 2)
            {
                Server.SendBookmarks();
            }
            else if (seen.Count == 3)
            {
                e.Header.ResourceVersion.Should().Be(Server.Store.Version.ToString());
                break;
            }
        }

        seen.Should().Equal("Added a small", "Deleted a small", "Bookmark  ");
    }

    [Test]
    public async Task Large_objects_come_through_whole()
    {
        var size = new string('x', 700_000) + "äöü\\\"";
        Server.Store.Put(Widget.Named("a", size));
        Server.Store.Put(Widget.Named("b", size));
        (await Client.GetAsync<Widget>("a", "shop"))!.Spec.Size.Should().Be(size);
        var all = new List<string>();
        await foreach (var widget in Client.ListAsync<Widget>("shop"))
        {
            all.Add(widget.Spec.Size);
        }

        all.Should().Equal(size, size);
        var applied = await Client.ApplyAsync(
            Widget.Resource, "shop", "c", KubernetesJson.SerializeToUtf8Bytes(Widget.Named("c", size)), "tests", true);
        applied.Uid.Should().NotBeEmpty();
    }

    [Test]
    public async Task An_answer_from_something_else_than_an_api_server_says_so()
    {
        Server.Guard = context =>
        {
            context.Response.ContentType = "text/html";
            context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("<html>hello</html>")).AsTask().Wait();
            return null;
        };
        var reading = () => Client.GetAsync<Widget>("a", "shop");
        await reading.Should().ThrowAsync<KubernetesConnectionException>();
    }

    private static Dictionary<string, string> Labels(string colour) => new() { ["colour"] = colour };

    private void Seed(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Server.Store.Put(Widget.Named($"w{i}"));
        }
    }

    private async Task<List<string>> NamesAsync(ListOptions options)
    {
        var names = new List<string>();
        await foreach (var widget in Client.ListAsync<Widget>("shop", options))
        {
            names.Add(widget.Metadata.Name);
        }

        return names;
    }
}
