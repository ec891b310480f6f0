using System.Text.Json;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Benchmarks.Proxy;

/// <summary>An MCP server over streamable HTTP that does next to nothing, so that what stands before it is seen.</summary>
internal sealed class TrivialServer(LocalServer server) : IAsyncDisposable
{
    public int Port => server.Address.Port;

    public static async Task<TrivialServer> StartAsync() => new(await LocalServer.StartAsync(AnswerAsync));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task AnswerAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        using var message = await JsonDocument.ParseAsync(http.Request.Body);
        if (!message.RootElement.TryGetProperty("id", out var id))
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        var result = message.RootElement.GetProperty("method").GetString() switch
        {
            "initialize" => """{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"trivial","version":"1"}}""",
            "tools/list" => """{"tools":[{"name":"echo","inputSchema":{"type":"object"}},{"name":"other","inputSchema":{"type":"object"}}]}""",
            "tools/call" => """{"content":[{"type":"text","text":"Echo: hello"}]}""",
            _ => "{}",
        };
        var answer = System.Text.Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id.GetRawText()}},"result":{{result}}}""");
        (http.Response.ContentType, http.Response.ContentLength) = ("application/json", answer.Length);
        await http.Response.Body.WriteAsync(answer);
    }
}
