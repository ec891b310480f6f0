using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

public class SharedProcessTests
{
    private RunningBridge _bridge = null!;
    private BridgeClient _one = null!;
    private BridgeClient _other = null!;

    [SetUp]
    public async Task SetUp()
    {
        _bridge = await RunningBridge.StartAsync(options => options with { Shared = true });
        (_one, _other) = (await _bridge.OpenAsync(), await _bridge.OpenAsync());
    }

    [TearDown]
    public async Task TearDown()
    {
        _one.Dispose();
        _other.Dispose();
        await _bridge.DisposeAsync();
    }

    [Test]
    public async Task All_sessions_share_one_process_and_each_gets_its_own_answers()
    {
        (await _one.CallAsync("pid")).Should().Be(await _other.CallAsync("pid"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var response = await (i % 2 == 0 ? _one : _other).PostAsync(BridgeClient.Call("1", "echo", new { text = $"{i}" }));
            return BridgeClient.TextOf((await BridgeClient.MessagesAsync(response)).Single());
        }));

        answers.Should().Equal(Enumerable.Range(0, 200).Select(i => $"{i}"));
    }

    [Test]
    public async Task The_same_token_for_progress_in_two_sessions_does_not_mix()
    {
        var streams = await Task.WhenAll(new[] { _one, _other }.Select(async (client, i) =>
        {
            using var response = await client.PostAsync(BridgeClient.Call("1", "progress", new { count = 3 + i }, "\"same\""));
            return await BridgeClient.MessagesAsync(response);
        }));

        streams[0].Should().HaveCount(4);
        streams[1].Should().HaveCount(5);
        streams.SelectMany(messages => messages.SkipLast(1)).Should().OnlyContain(message => message["params"]!["progressToken"]!.GetValue<string>() == "same");
    }

    [Test]
    public async Task A_cancellation_reaches_the_sender_s_own_request_only()
    {
        var ones = _one.PostAsync(BridgeClient.Call("7", "never"));
        await Task.Delay(200);

        await _other.PostAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}""");
        await _one.CallAsync("echo", new { text = "x" });

        _bridge.Log.Lines.Should().NotContain(line => line.Contains(": cancelled"));
        ones.IsCompleted.Should().BeFalse();
    }

    [Test]
    public async Task A_server_that_asks_a_client_hears_that_it_cannot()
    {
        (await _one.CallAsync("sample")).Should().Contain("-32601").And.Contain("ServerIsShared");
    }

    [Test]
    public async Task A_changed_resource_is_told_to_who_asked()
    {
        using var ones = await _one.GetAsync();
        using var others = await _other.GetAsync();
        using (await _one.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"a:b"}}"""))
        {
            await _one.CallAsync("updated", new { text = "a:b" });
            await _one.CallAsync("change");
        }

        (await FirstAsync(ones)).Should().Contain("a:b");
        (await FirstAsync(others)).Should().Contain("list_changed");

        static async Task<string> FirstAsync(HttpResponseMessage response)
        {
            var events = BridgeClient.EventsAsync(response).GetAsyncEnumerator();
            await Eventually.Ends(events.MoveNextAsync().AsTask());
            return events.Current.Data;
        }
    }

    [Test]
    public async Task Sessions_outlive_a_crash_of_their_process()
    {
        var answer = await _one.CallRawAsync("kill");

        answer["error"]!["message"]!.GetValue<string>().Should().Contain("SIGKILL");
        await Eventually.Becomes(() => _other.CallRawAsync("echo", new { text = "again" }), again => again["result"] is not null, "the server runs again");
    }
}
