using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>What somebody sends who wants past the filter. Nothing hidden is ever executed, and nothing malformed reaches the server.</summary>
public sealed class HostileTests
{
    private const string Good = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""";

    /// <summary>Each of these makes some parser call the tool 'secret', or is no message at all.</summary>
    private static IEnumerable<TestCaseData> Bodies()
    {
        string[] bodies =
        [
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","n\u0061me":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"},"params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"},"PARAMS":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"},"param\u017f":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","NAME":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"add"}}""",
            """{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"secret"}}""",
            """[[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}]]""",
            """[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"secret"}}]""",
            """[{"jsonrpc":"2.0","method":"tools/call","params":{"name":"secret"}}]""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[{"name":"secret"}]}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["secret"]}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret\ud800"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret","arguments":{"x":NaN}}}""",
            """{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"add"}}""",
            """{"jsonrpc":"2.0","id":{"$gt":1},"method":"tools/call","params":{"name":"add"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}} {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call"/*x*/,"params":{"name":"add"}}""",
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}""",
            "\uFEFF" + Good,
            "",
            "null",
            $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{{{{new string('[', 5000)}}}}{{{{new string(']', 5000)}}}}}}""",
        ];
        return bodies.Select((body, i) => new TestCaseData(body).SetArgDisplayNames($"{i}: {(body.Length > 80 ? body[..80] : body)}"));
    }

    [Test]
    public async Task Nothing_malformed_is_forwarded_and_nothing_hidden_executed()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        foreach (var body in Bodies().Select(data => (string)data.Arguments[0]!))
        {
            using var response = await proxy.PostAsync(body);
            var answer = await response.Content.ReadAsStringAsync();
            answer.Should().Contain("\"error\"", body);
            // A batch that is well-formed is judged message by message; all else is refused as such.
            ((int)response.StatusCode).Should().BeOneOf([200, 400], body);
        }

        proxy.Server.FromClients.Should().BeEmpty();
        proxy.Server.Executed.Should().BeEmpty();
        // The door is not closed for good: what is well-formed goes through.
        await proxy.AskAsync(Good);
        proxy.Server.Executed.Should().Equal("add");
    }

    [TestCase("Content-Type", "text/plain", 415)]
    [TestCase("Content-Type", "application/json; charset=utf-16", 415)]
    [TestCase("Content-Type", "multipart/form-data; boundary=x", 415)]
    [TestCase("Content-Encoding", "gzip", 415)]
    [TestCase("MCP-Protocol-Version", "2099-01-01", 400)]
    [TestCase("MCP-Protocol-Version", "2025-06-18, 2026-07-28", 400)]
    [TestCase("Mcp-Session-Id", "00000000-0000-0000-0000-000000000000", 404)]
    [TestCase("Mcp-Method", "tools/list", 400)]
    [TestCase("Mcp-Name", "secret", 400)]
    [TestCase("Mcp-Name", "=?base64?c2VjcmV0?=", 400)]
    [TestCase("Mcp-Name", "=?base64?###?=", 400)]
    public async Task Headers_that_say_something_else_than_the_body_are_refused(string name, string value, int status)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        using var response = await proxy.PostAsync(Good, (name, value));
        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync()).Should().Contain("\"error\"");
        proxy.Server.FromClients.Should().BeEmpty();
    }

    [TestCase("Content-Length: 71\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", TestName = "Length and chunks at once")]
    [TestCase("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", TestName = "An unknown transfer encoding")]
    [TestCase("Content-Length: 5\r\nContent-Length: 71\r\n\r\n", TestName = "Two lengths")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n", TestName = "A chunk without a length")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n47\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"", TestName = "A chunk that breaks off")]
    [TestCase("Content-Length: 500\r\n\r\n{\"jsonrpc\":\"2.0\"", TestName = "A body that breaks off")]
    [TestCase("Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\nContent-Length: 2\r\n\r\n{}", TestName = "Two sessions")]
    [TestCase("X-A: b\r\n c: d\r\nContent-Length: 2\r\n\r\n{}", TestName = "A folded header")]
    [TestCase("X-A\0: b\r\nContent-Length: 2\r\n\r\n{}", TestName = "A zero in a header")]
    public async Task Smuggled_and_truncated_requests_end_at_the_proxy(string rest)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(proxy.Host.ClientAddress);
        await socket.SendAsync(Encoding.Latin1.GetBytes($"POST /mcp HTTP/1.1\r\nHost: x\r\nX-Client: test\r\nContent-Type: application/json\r\n{rest}"));
        await socket.SendAsync(Encoding.Latin1.GetBytes("POST /mcp HTTP/1.1\r\nHost: smuggled\r\nX-Client: smuggled\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"));
        socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[8192];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20)) > 0)
            {
                // Whatever it answers.
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It closed the connection under what it did not read.
        }

        proxy.Server.FromClients.Should().BeEmpty();
        proxy.Server.Executed.Should().BeEmpty();
    }

    [Test]
    public async Task A_hundred_megabytes_are_refused_and_not_held()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var isDeclared in (bool[])[true, false])
        {
            using var stream = new Endless(100 * 1024 * 1024);
            using var request = new HttpRequestMessage(HttpMethod.Post, proxy.Mcp) { Content = new StreamContent(stream) };
            request.Content.Headers.ContentType = new("application/json");
            request.Content.Headers.ContentLength = isDeclared ? 100 * 1024 * 1024 : null;
            request.Headers.ExpectContinue = isDeclared;
            try
            {
                using var response = await proxy.Client.SendAsync(request);
                response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
            }
            catch (HttpRequestException) when (!isDeclared)
            {
                // The proxy closes the connection under a client that will not stop.
            }

            stream.Taken.Should().BeLessThan(isDeclared ? 1 : 100 * 1024 * 1024, "the rest is not read");
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(32 * 1024 * 1024);
        proxy.Server.FromClients.Should().BeEmpty();
    }

    [TestCase("""{"jsonrpc":"2.0","id":99,"result":{"tools":[{"name":"secret"}]}}""", TestName = "The answer to another request")]
    [TestCase("""{"jsonrpc":"2.0","id":99,"id":1,"result":{"tools":[{"name":"secret"}]}}""", TestName = "Two ids")]
    [TestCase("""{"jsonrpc":"2.0","\u0069d":99,"result":{"tools":[{"name":"secret"}]}}""", TestName = "An id in disguise")]
    [TestCase("""[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":99,"result":{"tools":[{"name":"secret"}]}}]""", TestName = "A batch")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"result":{}}{"jsonrpc":"2.0","id":99,"result":{"tools":[{"name":"secret"}]}}""", TestName = "Two messages")]
    public async Task A_server_cannot_slip_in_the_answer_to_another_request(string answer)
    {
        foreach (var type in (string[])["application/json", "text/event-stream"])
        {
            await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => server.Handler = async (http, received) =>
            {
                if (!received.Text.Contains("tools/call", StringComparison.Ordinal))
                {
                    return false;
                }

                http.Response.ContentType = type;
                await http.Response.WriteAsync(type == "application/json" ? answer : $"data: {answer}\n\n");
                return true;
            });
            (await proxy.AskAsync(Good)).Should().NotContain("secret");
        }
    }

    [TestCase("application/json", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}],"tools":[{"name":"secret"}]}}""")]
    [TestCase("application/json", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add","n\u0061me":"secret"}]}}""")]
    [TestCase("text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[],\"tools\":[{\"name\":\"secret\"}]}}\n\n")]
    [TestCase("text/plain", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"secret"}]}}""")]
    [TestCase("application/json", "no json, secret")]
    public async Task A_list_that_two_clients_could_read_differently_is_none(string type, string answer)
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), server => server.Handler = async (http, received) =>
        {
            if (!received.Headers.ContainsKey("x-client"))
            {
                return false;
            }

            http.Response.ContentType = type;
            await http.Response.WriteAsync(answer);
            return true;
        });
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""")).Should().NotContain("secret");
    }

    /// <summary>Spaces without end.</summary>
    private sealed class Endless(long length) : Stream
    {
        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Taken; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Taken);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            Taken += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
