using System.Net;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

public class SessionTests
{
    private RunningBridge _bridge = null!;

    [SetUp]
    public async Task SetUp() => _bridge = await RunningBridge.StartAsync(options => options with { MaxProcesses = 8 });

    [TearDown]
    public async Task TearDown() => await _bridge.DisposeAsync();

    [Test]
    public async Task A_client_shakes_hands_and_calls()
    {
        using var client = _bridge.Client();

        var answer = await client.InitializeAsync();

        answer["id"]!.GetValue<string>().Should().Be("first");
        answer["result"]!["serverInfo"]!["name"]!.GetValue<string>().Should().Be("fixture");
        client.SessionId.Should().MatchRegex("^[0-9a-f]{32}$");
        (await client.CallAsync("echo", new { text = "hello" })).Should().Be("hello");
    }

    [Test]
    public async Task Each_session_has_a_process_of_its_own()
    {
        using var one = await _bridge.OpenAsync();
        using var other = await _bridge.OpenAsync();

        await one.CallAsync("remember", new { text = "of one" });

        (await one.CallAsync("recall")).Should().Be("of one");
        (await other.CallAsync("recall")).Should().Be("none");
        (await one.CallAsync("pid")).Should().NotBe(await other.CallAsync("pid"));
    }

    [TestCase("7")]
    [TestCase("\"a\\u0062\"")]
    [TestCase("-1")]
    [TestCase("9007199254740993")]
    public async Task An_answer_has_the_id_as_the_client_wrote_it(string id)
    {
        using var client = await _bridge.OpenAsync();

        using var response = await client.PostAsync(BridgeClient.Call(id, "echo", new { text = "x" }));

        (await response.Content.ReadAsStringAsync()).Should().EndWith($"\"id\":{id}}}");
    }

    [Test]
    public async Task Two_requests_under_the_same_id_get_each_its_own_answer()
    {
        using var client = await _bridge.OpenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using var response = await client.PostAsync(BridgeClient.Call("1", "echo", new { text = $"{i}" }));
            return BridgeClient.TextOf((await BridgeClient.MessagesAsync(response)).Single());
        }));

        answers.Should().Equal(Enumerable.Range(0, 20).Select(i => $"{i}"));
    }

    [Test]
    public async Task A_message_over_several_lines_reaches_the_server_as_one()
    {
        using var client = await _bridge.OpenAsync();
        const string body = "{\n  \"jsonrpc\": \"2.0\",\r\n  \"id\": 5,\n  \"method\": \"tools/call\",\n  \"params\": {\"name\": \"line\", \"arguments\": {\"a\": \"b\\nc\"}}\n}\n";

        using var response = await client.PostAsync(body);

        var line = BridgeClient.TextOf((await BridgeClient.MessagesAsync(response)).Single());
        line.Should().StartWith("{   \"jsonrpc\": \"2.0\",").And.Contain("""{"a": "b\nc"}""");
    }

    [Test]
    public async Task A_session_that_its_client_ends_is_gone_and_its_process_as_well()
    {
        using var client = await _bridge.OpenAsync();
        var pid = int.Parse(await client.CallAsync("pid"));

        (await client.DeleteAsync()).StatusCode.Should().Be(HttpStatusCode.NoContent);

        using var response = await client.PostAsync(BridgeClient.Call("1", "echo", new { text = "x" }));
        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        await Eventually.Holds(() => !Directory.Exists($"/proc/{pid}"));
    }

    [Test]
    public async Task A_killed_process_ends_its_own_session_only()
    {
        using var victim = await _bridge.OpenAsync();
        using var other = await _bridge.OpenAsync();
        await other.CallAsync("remember", new { text = "still here" });

        var answer = await victim.CallRawAsync("kill");

        answer["error"]!["data"]!["reason"]!.GetValue<string>().Should().Be(BridgeReasons.ServerExited);
        answer["error"]!["message"]!.GetValue<string>().Should().Contain("SIGKILL");
        await Eventually.Becomes(() => victim.PostAsync(BridgeClient.Call("2", "pid")), response => response.StatusCode == HttpStatusCode.NotFound, "the session is gone");
        (await other.CallAsync("recall")).Should().Be("still here");
        await victim.InitializeAsync();
        (await victim.CallAsync("recall")).Should().Be("none");
    }

    [Test]
    public async Task All_requests_under_way_hear_of_the_end_of_their_process()
    {
        using var client = await _bridge.OpenAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => client.CallRawAsync("never")).ToList();
        await Task.Delay(100);

        await client.CallRawAsync("exit", new { count = 3 });

        foreach (var answer in await Eventually.Ends(Task.WhenAll(waiting)))
        {
            answer["error"]!["message"]!.GetValue<string>().Should().Contain("exit code 3");
        }

        _bridge.Log.Lines.Should().Contain(line => line.EndsWith(": exiting"));
    }

    [Test]
    public async Task More_sessions_than_processes_are_refused_until_one_ends()
    {
        var clients = new List<BridgeClient>();
        for (var i = 0; i < 8; i++)
        {
            clients.Add(await _bridge.OpenAsync());
        }

        using var late = _bridge.Client();
        using var response = await late.PostAsync(BridgeClient.Initialize());
        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.Should().BePositive();
        (await response.Content.ReadAsStringAsync()).Should().Contain(BridgeReasons.TooManyProcesses).And.Contain("--max-processes");

        await clients[0].DeleteAsync();
        await late.InitializeAsync();
        (await late.CallAsync("echo", new { text = "now" })).Should().Be("now");
        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public async Task When_all_processes_are_in_use_the_session_that_nobody_has_used_for_longest_makes_room()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { MaxProcesses = 3, Spares = 0, AbandonedAfter = TimeSpan.FromSeconds(1) });
        using var listening = await bridge.OpenAsync();
        using var stream = await listening.GetAsync();
        using var left = await bridge.OpenAsync();
        using var used = await bridge.OpenAsync();
        _ = used.CallRawAsync("never");
        await Task.Delay(1500);

        using var late = await bridge.OpenAsync();
        using var later = bridge.Client();
        using var refused = await later.PostAsync(BridgeClient.Initialize());

        (await late.CallAsync("echo", new { text = "now" })).Should().Be("now");
        using var gone = await left.PostAsync(BridgeClient.Call("1", "pid"));
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await used.CallAsync("echo", new { text = "still here" })).Should().Be("still here");
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        bridge.Log.Lines.Should().ContainSingle(line => line.Contains("another client needs its process")).Which.Should().StartWith($"Session {left.SessionId![..8]} ended");
    }

    [Test]
    public async Task A_new_session_takes_a_process_that_already_runs()
    {
        await using var bridge = await RunningBridge.StartAsync(server: "--start-after=1");
        await Task.Delay(1500);

        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var client = await bridge.OpenAsync();

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromMilliseconds(700));
    }

    [Test]
    public async Task Two_hundred_sessions_at_once_do_not_mix()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { MaxProcesses = 201 });

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var client = await bridge.OpenAsync();
            await client.CallAsync("remember", new { text = $"secret {i}" });
            for (var round = 0; round < 10; round++)
            {
                var answers = await Task.WhenAll(client.CallAsync("recall"), client.CallAsync("echo", new { text = $"{i}-{round}" }));
                answers.Should().Equal($"secret {i}", $"{i}-{round}");
            }

            await client.DeleteAsync();
        }));
    }

    [Test]
    public async Task A_session_that_nobody_uses_ends()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        using var idle = await bridge.OpenAsync();
        using var listening = await bridge.OpenAsync();
        using var stream = await listening.GetAsync();

        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.StartsWith($"Session {idle.SessionId![..8]} ended: nobody has used it")));

        bridge.Log.Lines.Where(line => line.StartsWith($"Session {listening.SessionId![..8]} ended")).Should().BeEmpty();
    }
}
