using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>What the proxy has no reason to change goes through as it is, both ways.</summary>
public sealed class PassThroughTests
{
    private const string Call = """{ "jsonrpc":"2.0", "id":"a\u0062c", "method":"tools/call", "params":{"arguments":{"n":1.50e1,"A":1,"a":2},"name":"add","_meta":{"progressToken":7,"x":"\u00e9"}} }""";

    [Test]
    public async Task A_request_reaches_the_server_byte_for_byte_without_the_clients_credentials()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        var session = await proxy.OpenAsync();
        using var response = await proxy.PostAsync(
            Call, ("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25"), ("Authorization", "Bearer t"), ("Cookie", "c=1"), ("X-Custom", "kept"), ("Mcp_Session_Id", "smuggled"), ("Origin", "http://localhost"));
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var received = proxy.Server.FromClients.Last();
        received.Text.Should().Be(Call);
        received.Headers["x-custom"].Should().Be("kept");
        received.Headers["mcp-protocol-version"].Should().Be("2025-11-25");
        received.Headers["mcp-session-id"].Should().NotBe(session).And.MatchRegex("^[0-9a-f-]{36}$");
        received.Headers.Keys.Should().NotContain(["authorization", "cookie", "mcp_session_id", "origin"]);
    }

    [TestCase("no-break\u00a0space ideographic\u3000space family\ud83d\udc68\u200d\ud83d\udc69 soft\u00adhyphen bom\ufeff", TestName = "Text that others strip")]
    [TestCase("10 MB", TestName = "10 MB of text")]
    public async Task A_result_comes_back_byte_for_byte(string text)
    {
        text = text == "10 MB" ? string.Concat(Enumerable.Repeat("0123456789\u3000\\\"\\u0041", 500_000)) : text;
        var body = Encoding.UTF8.GetBytes($$$$""" {"result":{"content":[{"type":"text","text":"{{{{text}}}}"}],"_meta":{"n":1.50},"nextCursor":"\u0061==","unknown":[1e2]},"id":"abc", "jsonrpc":"2.0"}  """);
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                return false;
            }

            http.Response.ContentType = "application/json; charset=utf-8";
            http.Response.Headers["X-Server"] = "kept";
            await http.Response.Body.WriteAsync(body);
            return true;
        });
        using var response = await proxy.PostAsync(Call);
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(body);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        response.Headers.GetValues("X-Server").Should().Equal("kept");
    }

    [Test]
    public async Task A_stream_comes_back_event_by_event_and_byte_for_byte()
    {
        const string first = ": hello\n\nid: 1\nretry: 50\ndata: \n\nevent: message\r\nid: 2\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":0.50}}\r\n\r\n";
        const string second = "id: 3\ndata: {\"jsonrpc\":\"2.0\",\"id\":9,\ndata: \"method\":\"sampling/createMessage\",\"params\":{}}\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"abc\",\"result\":{\"x\":\"\u3000\"}}\n\n";
        var goOn = new TaskCompletionSource();
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                return false;
            }

            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(first);
            await http.Response.Body.FlushAsync();
            await goOn.Task;
            await http.Response.WriteAsync(second);
            return true;
        });
        using var response = await proxy.PostAsync(Call);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var got = new byte[Encoding.UTF8.GetByteCount(first)];
        await stream.ReadExactlyAsync(got);
        Encoding.UTF8.GetString(got).Should().Be(first);
        goOn.SetResult();
        using var rest = new StreamReader(stream);
        (await rest.ReadToEndAsync()).Should().Be(second);
    }

    [TestCase(404, "application/json", """{"jsonrpc":"2.0","id":"abc","error":{"code":-32601,"message":"m"}}""")]
    [TestCase(400, "text/plain", "Bad Request: \u3000")]
    [TestCase(401, "application/json", """{"error":"nope"}""")]
    [TestCase(202, null, "")]
    public async Task Statuses_and_bodies_of_errors_come_back_as_they_are(int status, string? type, string body)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                return false;
            }

            (http.Response.StatusCode, http.Response.ContentType) = (status, type);
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
            return true;
        });
        using var response = await proxy.PostAsync(Call);
        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync()).Should().Be(body);
    }

    [Test]
    public async Task A_clients_hanging_up_cancels_the_request_at_the_server()
    {
        var cancelled = new TaskCompletionSource();
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                return false;
            }

            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": begun\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
            return true;
        });
        var response = await proxy.PostAsync(Call);
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[5]);
        response.Dispose();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task A_server_that_breaks_off_is_an_error_and_not_half_an_answer()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                return false;
            }

            http.Response.ContentType = "application/json";
            http.Response.ContentLength = 1000;
            await http.Response.WriteAsync("""{"jsonrpc":"2.0","id":"abc",""");
            http.Abort();
            return true;
        });
        using var response = await proxy.PostAsync(Call);
        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.Content.ReadAsStringAsync()).Should().Contain("\"id\":\"a\\u0062c\"").And.Contain("upstream_failed");
    }

    [Test]
    public async Task A_server_that_is_silent_is_given_up()
    {
        await using var proxy = await ProxyFixture.StartAsync(
            ProxyFixture.Open(null),
            server => server.Handler = async (http, received) =>
            {
                await Task.Delay(received.Text.Contains("tools/call", StringComparison.Ordinal) ? Timeout.Infinite : 0, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            },
            options => options with { RequestTimeout = TimeSpan.FromSeconds(1) });
        using var response = await proxy.PostAsync(Call);
        response.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
    }

    [Test]
    public async Task Spans_go_to_the_collector_under_the_clients()
    {
        var received = new TaskCompletionSource<string>();
        await using var collector = await RecordingServer.StartAsync(server => server.Handler = (http, request) =>
        {
            received.TrySetResult($"{request.Path} {request.Headers.GetValueOrDefault("x-key")} {request.Text}");
            return Task.FromResult(true);
        });
        var variables = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.Authority, ["OTEL_EXPORTER_OTLP_INSECURE"] = "true", ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=a%20b", ["OTEL_SERVICE_NAME"] = "everything" };
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), environment: variables.GetValueOrDefault);
        await proxy.AskAsync(Call, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        var text = await received.Task.WaitAsync(TimeSpan.FromSeconds(20));
        text.Should().StartWith("/v1/traces a b {").And.Contain("\"stringValue\":\"everything\"").And.Contain("\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"").And.Contain("\"parentSpanId\":\"b7ad6b7169203331\"").And.Contain("\"name\":\"tools/call add\"");
        proxy.Server.FromClients.Last().Headers["traceparent"].Should().StartWith("00-0af7651916cd43dd8448eb211c80319c-").And.NotContain("b7ad6b7169203331", "the server's spans belong under ours");
    }

    [Test]
    public async Task Trace_context_goes_on_and_stands_in_the_audit_line()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        await proxy.AskAsync(Call, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "a=b"));
        var received = proxy.Server.FromClients.Last();
        received.Headers["traceparent"].Should().Be("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        received.Headers["tracestate"].Should().Be("a=b");
        await Soon.TrueAsync(() => proxy.Audit.Lines.Count == 1, "there is an audit line");
        var line = proxy.Audit.Lines.Single();
        line.GetProperty("traceId").GetString().Should().Be("0af7651916cd43dd8448eb211c80319c");
        line.GetProperty("calls")[0].GetProperty("tool").GetString().Should().Be("add");
        line.GetProperty("outcome").GetString().Should().Be("ok");
        line.GetProperty("calls")[0].TryGetProperty("arguments", out _).Should().BeFalse();
    }
}
