using System.Diagnostics;
using System.Net;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

public class FaultyServerTests
{
    [Test]
    public async Task Lines_that_are_no_messages_are_logged_and_bounded()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        (await client.CallAsync("garbage", new { count = 1000 })).Should().Be("ok");
        await client.DeleteAsync();

        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.Contains("983 more lines")));
        bridge.Log.Lines.Count(line => line.Contains("wrote to standard output what is no message")).Should().Be(20);
    }

    [Test]
    public async Task Standard_error_is_logged_line_by_line_and_long_lines_are_cut()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        await client.CallAsync("stderr", new { count = 3, text = "a line" });
        await client.CallAsync("stderr", new { count = 2, text = new string('z', 100_000) });
        await client.CallAsync("stderr", new { count = 1, text = "the end" });

        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.EndsWith(": the end")));
        bridge.Log.Lines.Count(line => line.EndsWith(": a line")).Should().Be(3);
        bridge.Log.Lines.Where(line => line.Contains("zzz")).Should().HaveCount(2).And.OnlyContain(line => line.Length < 9000 && line.EndsWith(" …"));
    }

    [Test]
    public async Task A_message_in_pieces_is_whole()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        (await client.CallAsync("pieces")).Should().Be("whole");
    }

    [Test]
    public async Task Messages_of_many_megabytes_pass_both_ways()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();
        var text = new string('m', 20_000_000);

        (await client.CallAsync("big", new { count = 100_000_000 })).Should().HaveLength(100_000_000);
        (await client.CallAsync("echo", new { text })).Should().HaveLength(20_000_000);
    }

    [Test]
    public async Task A_message_over_the_limit_ends_its_session_with_a_reason()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { MaxMessageBytes = 1_000_000 });
        using var client = await bridge.OpenAsync();

        (await client.CallAsync("big", new { count = 900_000 })).Should().HaveLength(900_000);
        var answer = await client.CallRawAsync("big", new { count = 10_000_000 });

        answer["error"]!["data"]!["reason"]!.GetValue<string>().Should().Be(BridgeReasons.ServerMessageTooLong);
        answer["error"]!["message"]!.GetValue<string>().Should().Contain("--max-message-bytes");
    }

    [Test]
    public async Task A_server_that_never_reads_makes_its_own_callers_wait()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { StartTimeout = TimeSpan.FromSeconds(2) }, "--deaf");
        using var client = bridge.Client();

        var watch = Stopwatch.StartNew();
        var answer = await client.InitializeAsync();

        answer["error"]!["message"]!.GetValue<string>().Should().Contain("has not answered 'initialize' within 2 s");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.Contains("ended: killed by SIG") || line.Contains("ended: exit")));
    }

    [Test]
    public async Task A_server_that_ends_at_once_is_tried_again_with_growing_pauses()
    {
        await using var bridge = await RunningBridge.StartAsync(server: "--exit-at-once=3");
        await Eventually.Holds(() => bridge.Log.Lines.Count(line => line.Contains("(3 times in a row)")) == 1);
        using var client = bridge.Client();

        using var response = await client.PostAsync(BridgeClient.Initialize());

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.Should().BePositive();
        (await response.Content.ReadAsStringAsync()).Should().Contain(BridgeReasons.ServerNotStarting).And.Contain("exit code 3");
        bridge.Log.Lines.Should().Contain(line => line.EndsWith("no configuration found"));
        var pauses = bridge.Log.Lines.Where(line => line.Contains("times in a row")).Select(line => line[^(line.Length - line.IndexOf("attempt in ", StringComparison.Ordinal))..]).ToList();
        pauses.Should().OnlyHaveUniqueItems();
    }

    [Test]
    public async Task A_program_that_does_not_exist_is_named()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { Command = ["/no/such/program"] });
        using var client = bridge.Client();

        using var response = await client.PostAsync(BridgeClient.Initialize());

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).Should().Contain("'/no/such/program' cannot be started: No such file or directory");
    }

    [Test]
    public async Task A_refusal_of_the_server_is_passed_on_and_opens_no_session()
    {
        await using var bridge = await RunningBridge.StartAsync(server: "--refuse");
        using var client = bridge.Client();

        var answer = await client.InitializeAsync();

        answer["error"]!["message"]!.GetValue<string>().Should().Be("not you");
        client.SessionId.Should().BeNull();
        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.Contains("it was not initialized")));
    }

    [Test]
    public async Task A_server_that_closes_its_output_has_ended()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        var answer = await client.CallRawAsync("close");

        answer["error"]!["data"]!["reason"]!.GetValue<string>().Should().Be(BridgeReasons.ServerExited);
    }

    [Test]
    public async Task What_a_server_said_before_it_ended_is_not_lost()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        (await client.CallAsync("last", new { count = 3_000_000 })).Should().HaveLength(3_000_000);
    }

    [Test]
    public async Task What_a_server_has_started_dies_with_it_and_stubborn_servers_are_killed()
    {
        await using var bridge = await RunningBridge.StartAsync(server: "--stubborn");
        using var client = await bridge.OpenAsync();
        var child = int.Parse(await client.CallAsync("child"));
        var server = int.Parse(await client.CallAsync("pid"));

        await client.DeleteAsync();

        await Eventually.Holds(() => !IsAlive(child) && !IsAlive(server));
    }

    [Test]
    public async Task Variables_of_the_environment_reach_the_server()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();

        (await client.CallAsync("environment", new { text = "PATH" })).Should().Be(Environment.GetEnvironmentVariable("PATH"));
    }

    [Test]
    public async Task No_process_and_no_zombie_is_left_behind()
    {
        var bridge = await RunningBridge.StartAsync();
        var pids = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            using var client = await bridge.OpenAsync();
            pids.Add(int.Parse(await client.CallAsync("pid")));
        }

        await bridge.DisposeAsync();

        pids.Should().OnlyContain(pid => !Directory.Exists($"/proc/{pid}"));
    }

    [Test]
    public async Task Told_to_stop_it_finishes_what_is_under_way_and_opens_nothing_new()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = await bridge.OpenAsync();
        using var late = bridge.Client();
        var waiting = client.CallAsync("wait", new { count = 1500 });
        await Task.Delay(200);

        var stopping = bridge.StopAsync();
        using var refused = await late.PostAsync(BridgeClient.Initialize());

        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await waiting).Should().Be("waited");
        await Eventually.Ends(stopping);
    }

    private static bool IsAlive(int pid) => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ");
}
