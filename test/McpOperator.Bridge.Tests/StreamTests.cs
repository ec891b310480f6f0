using System.Net;
using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

public class StreamTests
{
    private RunningBridge _bridge = null!;
    private BridgeClient _client = null!;

    [SetUp]
    public async Task SetUp()
    {
        _bridge = await RunningBridge.StartAsync(options => options with { StreamAfter = TimeSpan.FromSeconds(1), KeepAlive = TimeSpan.FromSeconds(1) });
        _client = await _bridge.OpenAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        _client.Dispose();
        await _bridge.DisposeAsync();
    }

    [Test]
    public async Task A_soon_answer_is_plain_json()
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "echo", new { text = "x" }));

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        response.Content.Headers.ContentLength.Should().BePositive();
    }

    [TestCase("5")]
    [TestCase("\"mine\"")]
    public async Task Progress_comes_on_the_stream_of_its_request(string token)
    {
        using var other = await _client.PostAsync(BridgeClient.Call("8", "never", token: "\"another\""), ct: Soon());
        using var response = await _client.PostAsync(BridgeClient.Call("1", "progress", new { count = 3 }, token));

        var messages = await BridgeClient.MessagesAsync(response);

        messages.Should().HaveCount(4);
        messages.Take(3).Select(message => message["params"]!["progressToken"]!.ToJsonString()).Should().AllBe(token);
        messages[3]["id"]!.GetValue<int>().Should().Be(1);

        static CancellationToken Soon() => default;
    }

    [Test]
    public async Task A_server_asks_the_client_and_gets_its_answer()
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "sample"));
        JsonNode? final = null;
        await foreach (var (_, data) in BridgeClient.EventsAsync(response))
        {
            final = JsonNode.Parse(data)!;
            if (final["method"]?.GetValue<string>() == "sampling/createMessage")
            {
                using var accepted = await _client.PostAsync($$$"""{"jsonrpc":"2.0","id":{{{final["id"]!.ToJsonString()}}},"result":{"role":"assistant","content":{"type":"text","text":"from the model"} } }""");
                accepted.StatusCode.Should().Be(HttpStatusCode.Accepted);
            }
        }

        BridgeClient.TextOf(final!).Should().Contain("\"id\":\"s1\"").And.Contain("from the model");
    }

    [Test]
    public async Task What_concerns_no_request_comes_to_who_listens()
    {
        using var listening = await _client.GetAsync();
        var events = BridgeClient.EventsAsync(listening).GetAsyncEnumerator();

        using var answer = await _client.PostAsync(BridgeClient.Call("1", "change"));

        (await BridgeClient.MessagesAsync(answer)).Should().HaveCount(1);
        (await Eventually.Ends(events.MoveNextAsync().AsTask())).Should().BeTrue();
        events.Current.Data.Should().Contain("list_changed");
    }

    [Test]
    public async Task What_is_said_while_nobody_listens_waits_for_who_does()
    {
        await _client.CallAsync("later", new { count = 50, text = "said to nobody" });
        await Task.Delay(300);

        using var listening = await _client.GetAsync();

        var events = BridgeClient.EventsAsync(listening).GetAsyncEnumerator();
        (await Eventually.Ends(events.MoveNextAsync().AsTask())).Should().BeTrue();
        events.Current.Data.Should().Contain("said to nobody");
    }

    [Test]
    public async Task A_server_that_says_more_than_is_read_waits_and_nothing_is_lost()
    {
        // More than pipe, stream and sockets hold together.
        using var response = await _client.PostAsync(BridgeClient.Call("1", "flood", new { count = 20_000 }));
        await Task.Delay(500);

        var messages = await BridgeClient.MessagesAsync(response);

        messages.Should().HaveCount(20_001);
        messages.Take(20_000).Select((message, i) => message["params"]!["data"]!.GetValue<string>().TrimEnd('x') == $"{i + 1}").Should().AllBeEquivalentTo(true);
    }

    [Test]
    public async Task A_flood_that_nobody_reads_holds_up_its_own_session_only_until_the_next_request()
    {
        using var other = await _bridge.OpenAsync();
        using (var response = await _client.PostAsync(BridgeClient.Call("1", "flood", new { count = 5_000 })))
        {
            // Goes away with most of it unread.
        }

        (await other.CallAsync("echo", new { text = "unharmed" })).Should().Be("unharmed");
        using var next = await _client.PostAsync(BridgeClient.Call("2", "echo", new { text = "and now" }));
        BridgeClient.TextOf((await BridgeClient.MessagesAsync(next))[^1]).Should().Be("and now");
    }

    [Test]
    public async Task A_late_answer_becomes_a_stream_that_the_client_can_come_back_to()
    {
        string? id = null;
        using (var response = await _client.PostAsync(BridgeClient.Call("1", "wait", new { count = 3000 })))
        {
            response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            id = (await reader.ReadLineAsync())!["id: ".Length..];
        }

        using var resumed = await _client.GetAsync(id);

        BridgeClient.TextOf((await BridgeClient.MessagesAsync(resumed)).Single()).Should().Be("waited");
    }

    [Test]
    public async Task A_client_that_comes_back_gets_what_it_has_not_seen_and_no_more()
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "progress", new { count = 5 }, "1"));
        var ids = new List<string?>();
        await foreach (var (id, _) in BridgeClient.EventsAsync(response))
        {
            ids.Add(id);
        }

        ids.Should().OnlyHaveUniqueItems().And.HaveCount(6);
        using var resumed = await _client.GetAsync(ids[2]);
        var again = await BridgeClient.MessagesAsync(resumed);

        again.Select(message => message["params"]?["progress"]?.GetValue<int>()).Should().Equal(4, 5, null);
        using var unknown = await _client.GetAsync("77-1");
        unknown.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task A_second_listener_takes_over_from_the_first()
    {
        using var first = await _client.GetAsync();
        using var second = await _client.GetAsync();

        (await Eventually.Ends(BridgeClient.MessagesAsync(first))).Should().BeEmpty();
        await _client.CallAsync("change");
        var events = BridgeClient.EventsAsync(second).GetAsyncEnumerator();
        (await Eventually.Ends(events.MoveNextAsync().AsTask())).Should().BeTrue();
    }

    [Test]
    public async Task A_cancellation_names_the_request_as_the_server_knows_it()
    {
        var waiting = _client.PostAsync(BridgeClient.Call("\"to cancel\"", "never"));
        await Task.Delay(200);

        using var accepted = await _client.PostAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"to cancel"}}""");

        accepted.StatusCode.Should().Be(HttpStatusCode.Accepted);
        // 'initialize' was the server's request 1, the call its 2.
        await Eventually.Holds(() => _bridge.Log.Lines.Any(line => line.EndsWith(": cancelled 2")), () => string.Join('\n', _bridge.Log.Lines));
        (await BridgeClient.MessagesAsync(await Eventually.Ends(waiting))).Should().BeEmpty();
    }

    [Test]
    public async Task Older_clients_get_no_empty_event()
    {
        using var older = await _bridge.OpenAsync("2025-06-18");

        using var response = await older.PostAsync(BridgeClient.Call("1", "wait", new { count = 2500 }));

        (await response.Content.ReadAsStringAsync()).Should().NotContain("data:\n").And.Contain("waited");
    }

    [Test]
    public async Task A_batch_is_answered_where_the_revision_has_batches()
    {
        using var older = await _bridge.OpenAsync("2025-03-26");
        var batch = $"[{BridgeClient.Call("1", "echo", new { text = "a" })},{BridgeClient.Call("2", "echo", new { text = "b" })}]";

        using var response = await older.PostAsync(batch);
        using var refused = await _client.PostAsync(batch);

        (await BridgeClient.MessagesAsync(response)).Select(BridgeClient.TextOf).Should().BeEquivalentTo("a", "b");
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task A_batch_of_the_server_is_taken_apart()
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "batch"));

        var messages = await BridgeClient.MessagesAsync(response);

        messages.Should().HaveCount(2);
        messages[1]["id"]!.GetValue<int>().Should().Be(1);
    }
}
