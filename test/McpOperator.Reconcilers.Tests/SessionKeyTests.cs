using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Generators;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;
using McpOperator.TestKit;

namespace McpOperator.Reconcilers.Tests;

/// <summary>The keys of session ids, by the applier that writes them.</summary>
public sealed class SessionKeyTests() : ApplierTest(Type)
{
    private static readonly ResourceType Type = ResourceType.Of<V1Secret>();
    private static readonly NamespacedName Name = new("team-a", "weather-mcp-session");

    private readonly FakeClock _clock = new();
    private readonly Settings _settings = new();

    [Test]
    public async Task A_key_is_replaced_by_the_one_that_all_pods_know_already_each_time_it_is_due()
    {
        (await ApplyAsync()).Should().Be(ChildState.Created);
        var first = Keys();
        first.Keys.Should().BeEquivalentTo("key", "next");
        first.Values.Distinct().Should().HaveCount(2).And.OnlyContain(key => Convert.FromBase64String(key).Length == 32);
        _clock.Advance(TimeSpan.FromDays(29));
        (await ApplyAsync()).Should().Be(ChildState.Unchanged);

        var before = first;
        for (var rotation = 0; rotation < 3; rotation++)
        {
            _clock.Advance(TimeSpan.FromDays(rotation == 0 ? 1 : 30));
            (await ApplyAsync()).Should().Be(ChildState.Corrected);
            var after = Keys();
            after["previous"].Should().Be(before["key"]);
            after["key"].Should().Be(before["next"]);
            before.Values.Should().NotContain(after["next"]);
            (await ApplyAsync()).Should().Be(ChildState.Unchanged);
            before = after;
        }
    }

    [Test]
    public async Task A_shorter_interval_holds_at_once_and_what_somebody_puts_there_stays()
    {
        await ApplyAsync();
        var own = Convert.ToBase64String(new byte[32]);
        await ChangeAsync(secret => secret["data"]!["key"] = own);
        (await ApplyAsync()).Should().Be(ChildState.Unchanged);
        _clock.Advance(TimeSpan.FromHours(1));
        _settings.Current = new() { Proxy = new() { SessionKeySeconds = 3600 } };

        (await ApplyAsync()).Should().Be(ChildState.Corrected);

        Keys()["previous"].Should().Be(own);
        new SessionKey(Client, _settings, _clock).LookAgain.Should().Be(TimeSpan.FromHours(1));
    }

    [Test]
    public async Task A_Secret_of_an_earlier_release_keeps_its_key()
    {
        var own = Convert.ToBase64String(new byte[32]);
        await ApplyAsync();
        await ChangeAsync(secret =>
        {
            secret["data"] = new JsonObject { ["key"] = own };
            secret["metadata"]!["annotations"]!.AsObject().Remove(Annotations.SessionKeySince);
        });

        (await ApplyAsync()).Should().Be(ChildState.Corrected);

        Keys()["key"].Should().Be(own);
        Keys().Keys.Should().BeEquivalentTo("key", "next");
    }

    private async Task<ChildState> ApplyAsync()
    {
        var child = Child.Of(new V1Secret
        {
            Metadata = OfOwner(Name),
            Type = "Opaque",
        });
        var outcome = await Applier.ApplyAsync(Owner, child, new SessionKey(Client, _settings, _clock), CancellationToken.None);
        await SeenAsync();
        return outcome.State;
    }

    private async Task ChangeAsync(Action<JsonObject> change)
    {
        var secret = Server.Store.Find(Type, Name.Namespace, Name.Name)!.DeepClone().AsObject();
        change(secret);
        Server.Store.Put(Type, secret);
        await SeenAsync();
    }

    private Task SeenAsync() => Eventually.Holds(() => Cache.Get(Name)?.ResourceVersion == (string?)Server.Store.Find(Type, Name.Namespace, Name.Name)!["metadata"]!["resourceVersion"]);

    private Dictionary<string, string> Keys() =>
        Server.Store.Find(Type, Name.Namespace, Name.Name)!["data"]!.AsObject().ToDictionary(pair => pair.Key, pair => (string)pair.Value!);

    private sealed class Settings : IOperatorConfiguration
    {
        public OperatorConfiguration Current { get; set; } = new();

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}
