using System.Net;
using McpOperator.Protocol;
using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

public class StatelessTests
{
    private const string Meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}";

    [Test]
    public async Task Two_requests_never_share_a_process()
    {
        await using var bridge = await RunningBridge.StartAsync();

        var first = await CallAsync(bridge, "pid");
        var second = await CallAsync(bridge, "pid");

        first.Should().NotBe(second);
        await Eventually.Holds(() => !Directory.Exists($"/proc/{first}"));
    }

    [Test]
    public async Task They_do_where_processes_are_shared()
    {
        await using var bridge = await RunningBridge.StartAsync(options => options with { Shared = true });

        (await CallAsync(bridge, "pid")).Should().Be(await CallAsync(bridge, "pid"));
    }

    [TestCase("tools/call", "other", 400, JsonRpcErrors.HeaderMismatch)]
    [TestCase("tools/list", "echo", 400, JsonRpcErrors.HeaderMismatch)]
    [TestCase(null, "echo", 400, JsonRpcErrors.HeaderMismatch)]
    [TestCase("tools/call", null, 400, JsonRpcErrors.HeaderMismatch)]
    public async Task Headers_must_say_what_the_body_says(string? method, string? name, int status, int code)
    {
        await using var bridge = await RunningBridge.StartAsync();

        using var response = await PostAsync(bridge, $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo",{{{Meta}}} } }""", method, name);

        response.StatusCode.Should().Be((HttpStatusCode)status);
        (await BridgeClient.MessagesAsync(response)).Single()["error"]!["code"]!.GetValue<int>().Should().Be(code);
    }

    [Test]
    public async Task An_unknown_method_is_not_found()
    {
        await using var bridge = await RunningBridge.StartAsync();

        using var response = await PostAsync(bridge, $$$"""{"jsonrpc":"2.0","id":1,"method":"no/such","params":{{{{Meta}}} } }""", "no/such", null);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await BridgeClient.MessagesAsync(response)).Single()["error"]!["code"]!.GetValue<int>().Should().Be(JsonRpcErrors.MethodNotFound);
    }

    [Test]
    public async Task A_subscription_is_a_stream_under_the_client_s_id_and_ends_with_its_process()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var response = await PostAsync(bridge, $$$"""{"jsonrpc":"2.0","id":"mine","method":"subscriptions/listen","params":{{{{Meta}}} } }""", "subscriptions/listen", null);
        var events = BridgeClient.EventsAsync(response).GetAsyncEnumerator();

        (await Eventually.Ends(events.MoveNextAsync().AsTask())).Should().BeTrue();
        events.Current.Data.Should().Contain("\"io.modelcontextprotocol/subscriptionId\":\"mine\"");
        events.Current.Id.Should().BeNull();
        (await Eventually.Ends(events.MoveNextAsync().AsTask())).Should().BeTrue();
        events.Current.Data.Should().Contain("list_changed");
        response.Dispose();

        await Eventually.Holds(() => bridge.Log.Lines.Any(line => line.EndsWith(": cancelled 1")), () => string.Join('\n', bridge.Log.Lines));
    }

    [Test]
    public async Task The_reply_to_a_question_goes_to_the_process_that_asked_and_nobody_else_does()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var asked = await PostAsync(bridge, Ask(""), "tools/call", "ask");
        var state = (await BridgeClient.MessagesAsync(asked)).Single()["result"]!["requestState"]!.GetValue<string>();

        using var strange = await PostAsync(bridge, Ask(",\"requestState\":\"made up\""), "tools/call", "ask");
        BridgeClient.TextOf((await BridgeClient.MessagesAsync(strange)).Single()).Should().Be("a strange state");
        state.Should().NotEndWith($" {await CallAsync(bridge, "pid")}");
        using var answered = await PostAsync(bridge, Ask($",\"requestState\":\"{state}\""), "tools/call", "ask");
        BridgeClient.TextOf((await BridgeClient.MessagesAsync(answered)).Single()).Should().Be("my own state");
        using var again = await PostAsync(bridge, Ask($",\"requestState\":\"{state}\""), "tools/call", "ask");
        BridgeClient.TextOf((await BridgeClient.MessagesAsync(again)).Single()).Should().Be("a strange state");

        static string Ask(string more) => $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"{{{more}}},{{{Meta}}} } }""";
    }

    [Test]
    public async Task Listening_and_ending_are_not_part_of_it()
    {
        await using var bridge = await RunningBridge.StartAsync();
        using var client = bridge.Client();
        client.Revision = "2026-07-28";

        (await client.GetAsync()).StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        (await client.DeleteAsync()).StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    private static async Task<string> CallAsync(RunningBridge bridge, string tool)
    {
        using var response = await PostAsync(bridge, $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}",{{{Meta}}} } }""", "tools/call", tool);
        return BridgeClient.TextOf((await BridgeClient.MessagesAsync(response)).Single());
    }

    private static async Task<HttpResponseMessage> PostAsync(RunningBridge bridge, string body, string? method, string? name)
    {
        var client = bridge.Client();
        client.Revision = "2026-07-28";
        return await client.PostAsync(body, request =>
        {
            if (method is not null)
            {
                request.Headers.Add(McpHeaders.Method, method);
            }

            if (name is not null)
            {
                request.Headers.Add(McpHeaders.Name, name);
            }
        });
    }
}
