using System.Net;
using System.Text;
using System.Text.Json;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Tests;

/// <summary>Clients and servers of different revisions talk to each other through the proxy.</summary>
public sealed class TranslationTests
{
    private const string Meta = """ "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}} """;
    private static readonly string[] Tools = ["""{"name":"add","description":"Adds."},{"name":"ask"},{"name":"secret"}"""];

    private static (string, string)[] Modern(string method, string? name = null) =>
        [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), .. name is null ? Array.Empty<(string, string)>() : [("Mcp-Name", name)]];

    [Test]
    public async Task A_stateless_client_in_front_of_a_server_with_sessions()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add", "ask"), server => server.Pages = [.. Tools]);
        using var discovered = JsonDocument.Parse(await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{ {{{{Meta}}}} }}""", Modern("server/discover")));
        var result = discovered.RootElement.GetProperty("result");
        result.GetProperty("supportedVersions").EnumerateArray().Select(v => v.GetString()).Should().Equal("2026-07-28", "2025-11-25");
        result.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").GetProperty("name").GetString().Should().Be("recording");

        using var list = JsonDocument.Parse(await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{ {{{{Meta}}}} }}""", Modern("tools/list")));
        result = list.RootElement.GetProperty("result");
        result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()).Should().Equal("add", "ask");
        (result.GetProperty("resultType").GetString(), result.GetProperty("ttlMs").GetInt32(), result.GetProperty("cacheScope").GetString()).Should().Be(("complete", 0, "private"));

        (await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"add","arguments":{"a":1.0}, {{{{Meta}}}} }}""", Modern("tools/call", "add"))).Should().Contain("\"resultType\":\"complete\"").And.Contain("\"id\":\"x\"");
        var call = proxy.Server.Requests.Last(r => r.Text.Contains("tools/call", StringComparison.Ordinal));
        call.Text.Should().NotContain("io.modelcontextprotocol").And.Contain("{\"a\":1.0}");
        call.Headers.Should().ContainKey("mcp-session-id").And.NotContainKey("mcp-method");
        var handshake = proxy.Server.Requests.Last(r => r.Text.Contains("\"initialize\"", StringComparison.Ordinal));
        handshake.Text.Should().Contain("\"elicitation\":{}").And.Contain("\"name\":\"t\"");
        (await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"secret", {{{{Meta}}}} }}""", Modern("tools/call", "secret"))).Should().Contain("-32602");
        proxy.Server.Executed.Should().Equal("add");
        using var gone = await proxy.PostAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{ {{{{Meta}}}} }}""", Modern("ping"));
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    /// <summary>A server that never heard of headers has its tools' arguments compared with theirs all the same: somebody may have routed by them.</summary>
    [TestCase("""{"region":"eu"}""", "Region: eu", true)]
    [TestCase("""{"region":"eu"}""", "region: eu", true)]
    [TestCase("""{"region":"eu"}""", "Region: =?base64?ZXU=?=", true)]
    [TestCase("""{"region":"eu"}""", "", false)]
    [TestCase("""{"region":"eu"}""", "Region: us", false)]
    [TestCase("""{"region":"eu"}""", "Region: =?base64?ZXU?=", false)]
    [TestCase("""{"region":"eu"}""", "Region: =?base64?Z!U=?=", false)]
    [TestCase("""{"region":null}""", "", true)]
    [TestCase("""{}""", "Region: us", true)]
    [TestCase("""{"n":42}""", "N: 42.0", true)]
    [TestCase("""{"n":42}""", "N: 43", false)]
    [TestCase("""{"n":42}""", "N: x", false)]
    [TestCase("""{"dry":true}""", "Dry: true", true)]
    [TestCase("""{"dry":true}""", "Dry: false", false)]
    [TestCase("""{"place":{"zone":"a"}}""", "Zone: a", true)]
    [TestCase("""{"place":{"zone":"a"}}""", "Zone: b", false)]
    [TestCase("""{"many":["a"]}""", "", true)]
    public async Task Headers_that_repeat_arguments_are_compared(string arguments, string header, bool isGood)
    {
        const string Schema = """
            {"type":"object","properties":{
              "region":{"type":"string","x-mcp-header":"Region"}, "n":{"type":"integer","x-mcp-header":"N"}, "dry":{"type":"boolean","x-mcp-header":"Dry"},
              "place":{"type":"object","properties":{"zone":{"type":"string","x-mcp-header":"Zone"}}}, "many":{"type":"array","items":{"type":"string","x-mcp-header":"Many"}} }}
            """;
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => server.Pages = [$$"""{"name":"add","inputSchema":{{Schema}}}"""]);
        (string, string)[] headers = [.. Modern("tools/call", "add"), .. header.Split(": ") is [var name, var value] ? [("Mcp-Param-" + name, value)] : Array.Empty<(string, string)>()];

        using var answer = await proxy.PostAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{{{{arguments}}}}, {{{{Meta}}}} }}""", headers);

        answer.StatusCode.Should().Be(isGood ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
        proxy.Server.Executed.Should().HaveCount(isGood ? 1 : 0);
        if (!isGood)
        {
            (await answer.Content.ReadAsStringAsync()).Should().Contain("-32020").And.Contain("Mcp-Param-");
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task What_a_server_asks_reaches_a_stateless_client_as_an_answer_that_wants_input(bool isEventStream)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => (server.Pages, server.IsEventStream) = ([.. Tools], isEventStream), o => isEventStream ? o with { Transport = UpstreamTransport.Sse } : o);
        var text = await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask", {{{{Meta}}}} }}""", Modern("tools/call", "ask"));
        var answer = Messages(text).Single(m => m.TryGetProperty("result", out _)).GetProperty("result");
        answer.GetProperty("resultType").GetString().Should().Be("input_required");
        var asked = answer.GetProperty("inputRequests").EnumerateObject().Single();
        asked.Value.GetProperty("method").GetString().Should().Be("elicitation/create");
        var state = answer.GetProperty("requestState").GetString();

        (await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","inputResponses":{"{{{{asked.Name}}}}":{} },"requestState":"{{{{state}}}}", {{{{Meta}}}} }}""", Modern("tools/call", "add"))).Should().Contain("requestState has expired", "it belongs to another call");
        text = await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask", {{{{Meta}}}} }}""", Modern("tools/call", "ask"));
        state = Messages(text).Single(m => m.TryGetProperty("result", out _)).GetProperty("result").GetProperty("requestState").GetString();
        using var done = JsonDocument.Parse(await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"ask","inputResponses":{"{{{{asked.Name}}}}":{"action":"accept","content":{"n":1.0} } },"requestState":"{{{{state}}}}", {{{{Meta}}}} }}""", Modern("tools/call", "ask")));
        done.RootElement.GetProperty("id").GetInt32().Should().Be(4);
        done.RootElement.GetProperty("result").GetProperty("told").GetProperty("action").GetString().Should().Be("accept");
        (await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"ask","requestState":"{{{{state}}}}", {{{{Meta}}}} }}""", Modern("tools/call", "ask"))).Should().Contain("requestState has expired", "it counts once");
    }

    [Test]
    public async Task A_client_with_a_session_in_front_of_a_stateless_server()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add", "ask"), server => (server.Pages, server.IsStateless, server.HasHandshake) = ([.. Tools], true, false));
        var session = await proxy.OpenAsync();
        (string, string)[] headers = [("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25")];
        using (var accepted = await proxy.PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", headers))
        {
            accepted.StatusCode.Should().Be(HttpStatusCode.Accepted);
        }

        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""", headers)).Should().Be("""{"jsonrpc":"2.0","id":2,"result":{}}""");
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""", headers)).Should().Contain("\"add\"").And.NotContain("secret");
        var received = proxy.Server.Requests.Last();
        received.Headers["mcp-method"].Should().Be("tools/list");
        received.Headers["mcp-protocol-version"].Should().Be("2026-07-28");
        received.Text.Should().Contain("\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"").And.Contain("\"io.modelcontextprotocol/clientInfo\":{\"name\":\"test\"");

        using var asking = await proxy.PostAsync("""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask"}}""", headers);
        asking.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        var events = Events(await asking.Content.ReadAsStreamAsync()).GetAsyncEnumerator();
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.GetProperty("method").GetString().Should().Be("elicitation/create");
        await proxy.AskAsync($$$$"""{"jsonrpc":"2.0","id":{{{{events.Current.GetProperty("id").GetRawText()}}}},"result":{"action":"accept"}}""", headers);
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.GetProperty("result").GetProperty("told").GetProperty("action").GetString().Should().Be("accept");
        events.Current.GetProperty("result").GetProperty("state").GetString().Should().Be("opaque");

        using var delete = new HttpRequestMessage(HttpMethod.Delete, proxy.Mcp);
        delete.Headers.Add("Mcp-Session-Id", session);
        (await proxy.Client.SendAsync(delete)).StatusCode.Should().Be(HttpStatusCode.OK);
        using var gone = await proxy.PostAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""", headers);
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_stateless_client_and_a_stateless_server_need_nothing_between_them()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => (server.Pages, server.IsStateless) = ([.. Tools], true));
        var body = $$$$"""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add", {{{{Meta}}}} }}""";
        (await proxy.AskAsync(body, [.. Modern("tools/call", "add"), ("Mcp-Param-Region", "eu")])).Should().Contain("\"ok\"");
        var received = proxy.Server.FromClients.Last();
        received.Text.Should().Be(body);
        (received.Headers["mcp-name"], received.Headers["mcp-param-region"]).Should().Be(("add", "eu"));
        using (var mismatch = await proxy.PostAsync(body, Modern("tools/call")))
        {
            mismatch.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await mismatch.Content.ReadAsStringAsync()).Should().Contain("-32020");
        }

        using var unsupported = await proxy.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", ("MCP-Protocol-Version", "1900-01-01"));
        unsupported.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await unsupported.Content.ReadAsStringAsync()).Should().Contain("-32022").And.Contain("\"id\":1").And.Contain("\"supported\":[\"2026-07-28\"],\"requested\":\"1900-01-01\"");
    }

    [TestCase(true, TestName = "An old client in front of an old server")]
    [TestCase(false, TestName = "An old client in front of a server with streamable HTTP")]
    public async Task A_client_of_http_and_sse(bool isEventStream)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add", "ask"), server => (server.Pages, server.IsEventStream) = ([.. Tools], isEventStream), o => isEventStream ? o with { Transport = UpstreamTransport.Sse } : o);
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Mcp, "/sse"));
        using var stream = await proxy.Client.SendAsync(get, HttpCompletionOption.ResponseHeadersRead);
        var events = Raw(await stream.Content.ReadAsStreamAsync()).GetAsyncEnumerator();
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.Type.Should().Be("endpoint");
        var endpoint = new Uri(get.RequestUri!, Encoding.UTF8.GetString(events.Current.Data.Span));
        endpoint.AbsolutePath.Should().Be("/messages");

        async Task<JsonElement> AskAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await proxy.Client.PostAsync(endpoint, content);
            response.StatusCode.Should().Be(HttpStatusCode.Accepted);
            (await events.MoveNextAsync()).Should().BeTrue();
            return JsonDocument.Parse(events.Current.Data).RootElement;
        }

        (await AskAsync("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}""")).GetProperty("result").GetProperty("serverInfo").GetProperty("name").GetString().Should().Be("recording");
        (await AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""")).GetRawText().Should().Contain("\"add\"").And.NotContain("secret");
        (await AskAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"secret"}}""")).GetProperty("error").GetProperty("code").GetInt32().Should().Be(-32602);
        (await AskAsync("""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add"}}""")).GetProperty("id").GetInt32().Should().Be(3);
        proxy.Server.Executed.Should().Equal("add");

        // Progress, then a question, then the answer.
        (await AskAsync("""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"ask"}}""")).GetProperty("method").GetString().Should().Be("notifications/progress");
        (await events.MoveNextAsync()).Should().BeTrue();
        JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("method").GetString().Should().Be("elicitation/create");
        (await AskAsync("""{"jsonrpc":"2.0","id":"q1","result":{"action":"accept"}}""")).GetProperty("result").GetProperty("told").GetProperty("action").GetString().Should().Be("accept");

        using var stranger = await proxy.Client.PostAsync(new Uri(endpoint, "/messages?session=x"), new StringContent("{}", Encoding.UTF8, "application/json"));
        stranger.IsSuccessStatusCode.Should().BeFalse();
    }

    [Test]
    public async Task A_client_with_streamable_http_in_front_of_an_old_server()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add", "ask"), server => (server.Pages, server.IsEventStream) = ([.. Tools], true), o => o with { Transport = UpstreamTransport.Sse });
        var session = await proxy.OpenAsync();
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", ("Mcp-Session-Id", session))).Should().Contain("\"add\"").And.NotContain("secret");
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""", ("Mcp-Session-Id", session))).Should().Contain("\"ok\"");
        using var get = new HttpRequestMessage(HttpMethod.Get, proxy.Mcp);
        get.Headers.Add("Mcp-Session-Id", session);
        get.Headers.Add("Accept", "text/event-stream");
        using var stream = await proxy.Client.SendAsync(get, HttpCompletionOption.ResponseHeadersRead);
        await proxy.Server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"hello"}}""");
        var events = Events(await stream.Content.ReadAsStreamAsync()).GetAsyncEnumerator();
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.GetProperty("method").GetString().Should().Be("notifications/message");
        using var second = new HttpRequestMessage(HttpMethod.Get, proxy.Mcp);
        second.Headers.Add("Mcp-Session-Id", session);
        (await proxy.Client.SendAsync(second)).StatusCode.Should().Be(HttpStatusCode.Conflict);
    }

    private static IEnumerable<JsonElement> Messages(string text) => text.StartsWith('{')
        ? [JsonDocument.Parse(text).RootElement]
        : text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line[6..]).RootElement);

    private static async IAsyncEnumerable<JsonElement> Events(Stream stream)
    {
        await foreach (var sent in Raw(stream))
        {
            yield return JsonDocument.Parse(sent.Data).RootElement;
        }
    }

    private static async IAsyncEnumerable<SseEvent> Raw(Stream stream)
    {
        var reader = new SseReader(1 << 20);
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20)) is > 0 and var read)
        {
            reader.Append(buffer.AsSpan(0, read));
            while (reader.Read() is { } sent)
            {
                if (sent.HasData)
                {
                    yield return sent with { Data = sent.Data.ToArray() };
                }
            }
        }
    }
}
