using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class EventRecorderTests : ServerTest
{
    private static readonly ResourceType Events = ResourceType.Of<Corev1Event>();
    private static readonly V1ObjectReference About = new() { Kind = "Widget", Name = "a", NamespaceProperty = "shop", Uid = "u" };
    private FakeClock _clock = null!;
    private EventRecorder _recorder = null!;

    [SetUp]
    public void Make()
    {
        _clock = new();
        _recorder = new(Client, "mcp-operator", "pod-1", _clock);
    }

    [Test]
    public async Task What_is_said_again_is_counted()
    {
        _recorder.Warning(About, "ImageNotPinned", "Pin it.");
        _recorder.Warning(About, "ImageNotPinned", "Pin it.");
        _recorder.Warning(About, "ImageNotPinned", "Pin it.");
        _recorder.Normal(About, "Ready", "It works.");
        var events = await SentAsync();
        events.Should().HaveCount(2);
        events.Single(e => e.Reason == "ImageNotPinned").Should().Match<Corev1Event>(e =>
            e.Count == 3 && e.Type == "Warning" && e.InvolvedObject.Name == "a" && e.Source!.Component == "mcp-operator"
            && e.ReportingInstance == "pod-1" && e.Metadata.NamespaceProperty == "shop");
    }

    [Test]
    public async Task After_a_while_it_is_a_new_event()
    {
        _recorder.Normal(About, "Ready", "It works.");
        await Eventually.Holds(() => Server.Store.All(Events).Count == 1);
        _clock.Advance(TimeSpan.FromMinutes(11));
        _recorder.Normal(About, "Ready", "It works.");
        (await SentAsync()).Should().HaveCount(2).And.OnlyContain(e => e.Count == 1);
    }

    [Test]
    public async Task An_event_that_expired_in_the_cluster_is_made_anew()
    {
        _recorder.Normal(About, "Ready", "It works.");
        await Eventually.Holds(() => Server.Store.All(Events).Count == 1);
        Server.Store.Delete(Events, "shop", Server.Store.All(Events)[0]["metadata"]!["name"]!.GetValue<string>());
        _recorder.Normal(About, "Ready", "It works.");
        (await SentAsync()).Should().ContainSingle().Which.Count.Should().Be(2);
    }

    [Test]
    public async Task Many_different_messages_become_one_combined_event()
    {
        for (var i = 0; i < 15; i++)
        {
            _recorder.Warning(About, "Failed", $"Number {i}.");
        }

        var events = await SentAsync();
        events.Should().HaveCount(11);
        events.Single(e => e.Count == 5).Message.Should().Be("(combined from similar events): Number 14.");
    }

    [Test]
    public async Task Whoever_talks_too_much_is_thinned_out_but_still_counted()
    {
        for (var i = 0; i < 200; i++)
        {
            _recorder.Normal(About, "Busy", "Again.");
        }

        // They are taken one after the other: when this one has been sent, all others have been counted.
        _recorder.Normal(new() { Kind = "Node", Name = "other" }, "Last", "That is all.");
        await Eventually.Holds(() => Server.Writes.Count == 25 + 1);
        _clock.Advance(TimeSpan.FromMinutes(2));
        _recorder.Normal(About, "Busy", "Again.");
        (await SentAsync()).Single(e => e.Reason == "Busy").Count.Should().Be(201);
        Server.Writes.Should().HaveCount(25 + 1 + 1);
    }

    [Test]
    public async Task A_server_that_refuses_events_harms_nobody()
    {
        Server.Fail("create", "events", 403, times: 1);
        _recorder.Normal(About, "Lost", "Nobody hears it.");
        _recorder.Normal(About, "Heard", "It works.");
        (await SentAsync()).Should().ContainSingle(e => e.Reason == "Heard");
    }

    [Test]
    public async Task Events_about_cluster_wide_objects_live_in_default_and_long_names_fit()
    {
        _recorder.Normal(new() { Kind = "Node", Name = new string('n', 253) }, "Seen", "There it is.");
        var sent = (await SentAsync()).Single();
        sent.Metadata.NamespaceProperty.Should().Be("default");
        sent.Metadata.Name.Length.Should().BeLessThanOrEqualTo(253);
    }

    private async Task<List<Corev1Event>> SentAsync()
    {
        await _recorder.DisposeAsync();
        return [.. Server.Store.All(Events).Select(e => KubernetesJson.Deserialize<Corev1Event>(KubernetesJson.SerializeToUtf8Bytes(e)))];
    }
}
