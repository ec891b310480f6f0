using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>A request as it reached the server.</summary>
internal sealed record Received(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>
/// An MCP server on loopback that writes down all that reaches it. It reads JSON as laxly as the laxest parser that we know: keys in any case,
/// the last of two that are equal; so that what slips past the proxy is seen to be executed.
/// </summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    private LocalServer _server = null!;
    private readonly ConcurrentQueue<TaskCompletionSource<string>> _questions = new();

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>Names of tools that were called.</summary>
    public ConcurrentQueue<string> Executed { get; } = new();

    /// <summary>The items of tools/list, a page each.</summary>
    public List<string> Pages { get; set; } = ["""{"name":"add","description":"Adds.","inputSchema":{"type":"object"}},{"name":"secret","description":"Hidden.","inputSchema":{"type":"object"}}"""];

    public bool ListChanged { get; set; }

    public string Revision { get; set; } = "2025-11-25";

    public bool IsStateless { get; set; }

    public bool HasHandshake { get; set; } = true;

    public bool HasSessions { get; set; } = true;

    /// <summary>Whether it speaks HTTP+SSE: one stream, and answers to posts go out on it.</summary>
    public bool IsEventStream { get; set; }

    /// <summary>Answers a request instead of the server; says whether it did.</summary>
    public Func<HttpContext, Received, Task<bool>>? Handler { get; set; }

    /// <summary>Sends a message on every open GET stream.</summary>
    public event Func<string, Task>? Streams;

    public Uri Address => new(_server.Address, "/mcp");

    /// <summary>Requests that clients sent, without the proxy's own handshake and reading of tools.</summary>
    public IEnumerable<Received> FromClients => Requests.Where(r => !r.Text.Contains("\"mcp-proxy\"", StringComparison.Ordinal) && r.Headers.ContainsKey("x-client"));

    public static async Task<RecordingServer> StartAsync(Action<RecordingServer>? setUp = null)
    {
        var server = new RecordingServer();
        setUp?.Invoke(server);
        server._server = await LocalServer.StartAsync(server.AnswerAsync);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
    }

    public Task SayAsync(string message) => Streams?.Invoke(message) ?? Task.CompletedTask;

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body);
        }
        catch (BadHttpRequestException)
        {
            return;
        }

        var received = new Received(
            http.Request.Method, http.Request.Path, http.Request.QueryString.Value ?? "",
            http.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), body.ToArray());
        Requests.Enqueue(received);
        if (Handler is { } handler && await handler(http, received))
        {
            return;
        }

        if (received.Method == "GET")
        {
            await StreamAsync(http);
            return;
        }

        if (received.Method != "POST")
        {
            http.Response.StatusCode = received.Method == "DELETE" ? 200 : 405;
            return;
        }

        JsonNode? message;
        try
        {
            message = JsonNode.Parse(received.Body, new JsonNodeOptions { PropertyNameCaseInsensitive = true });
        }
        catch (JsonException)
        {
            http.Response.StatusCode = 400;
            return;
        }

        if (Last(message, "method") is null && Last(message, "result") is { } told)
        {
            // Those whom nobody answered were given up.
            while (_questions.TryDequeue(out var question))
            {
                question.SetResult(told.ToJsonString());
            }

            http.Response.StatusCode = 202;
            return;
        }

        if ((string?)Last(message, "method") == "tools/call" && Last(Last(message, "params"), "name")?.ToString() == "ask" && !IsStateless)
        {
            await AskAsync(http, Last(message, "id")!.ToJsonString());
            return;
        }

        var answers = (message is JsonArray batch ? batch : [message?.DeepClone()]).Select(m => Answer(http, m)).OfType<string>().ToList();
        if (answers.Count == 0)
        {
            http.Response.StatusCode = 202;
            return;
        }

        if (IsEventStream)
        {
            http.Response.StatusCode = 202;
            _ = Task.Run(() => SayAsync(answers[0]));
            return;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(message is JsonArray ? $"[{string.Join(',', answers)}]" : answers[0]);
    }

    private string? Answer(HttpContext http, JsonNode? message)
    {
        var (method, id) = ((string?)Last(message, "method"), Last(message, "id")?.ToJsonString());
        if (method == "tools/call")
        {
            Executed.Enqueue(Last(Last(message, "params"), "name")?.ToString() ?? "?");
        }

        if (id is null)
        {
            return null;
        }

        if (method == "initialize")
        {
            if (!HasHandshake)
            {
                http.Response.StatusCode = 404;
                return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"error":{"code":-32601,"message":"no handshake here"}}""";
            }

            if (HasSessions)
            {
                http.Response.Headers["Mcp-Session-Id"] = Guid.NewGuid().ToString();
            }

            return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"protocolVersion":"{{{{Revision}}}}","capabilities":{"tools":{"listChanged":{{{{(ListChanged ? "true" : "false")}}}}}},"serverInfo":{"name":"recording","version":"1"}}}""";
        }

        if (method == "tools/call" && IsStateless && Last(Last(message, "params"), "name")?.ToString() == "ask")
        {
            return Last(Last(message, "params"), "inputResponses") is { } responses
                ? $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"resultType":"complete","content":[],"told":{{{{responses["who"]!.ToJsonString()}}}},"state":{{{{Last(Last(message, "params"), "requestState")!.ToJsonString()}}}}}}"""
                : $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"resultType":"input_required","inputRequests":{"who":{"method":"elicitation/create","params":{"message":"Who?"}}},"requestState":"opaque"}}""";
        }

        if (method == "server/discover")
        {
            if (!IsStateless)
            {
                http.Response.StatusCode = 400;
                return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"error":{"code":-32000,"message":"Bad Request: no session"}}""";
            }

            return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"public"}}""";
        }

        if (method == "tools/list")
        {
            var page = int.Parse(Last(Last(message, "params"), "cursor")?.ToString() ?? "0");
            var next = page + 1 < Pages.Count ? $",\"nextCursor\":\"{page + 1}\"" : "";
            return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"_meta":{"x":1.50},"tools":[{{{{Pages[page]}}}}]{{{{next}}}},"unknown":"\u00e9"}}""";
        }

        return $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"content":[{"type":"text","text":"ok"}]}}""";
    }

    /// <summary>Asks the client something before it answers.</summary>
    private async Task AskAsync(HttpContext http, string id)
    {
        var question = new TaskCompletionSource<string>();
        _questions.Enqueue(question);
        const string asked = """{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{"message":"Who?"}}""";
        const string progress = """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}""";
        if (IsEventStream)
        {
            http.Response.StatusCode = 202;
            _ = Task.Run(async () =>
            {
                await SayAsync(progress);
                await SayAsync(asked);
                await SayAsync(Told(id, await question.Task));
            });
            return;
        }

        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync($"data: {progress}\n\ndata: {asked}\n\n");
        await http.Response.Body.FlushAsync();
        await http.Response.WriteAsync($"data: {Told(id, await question.Task)}\n\n");
    }

    private static string Told(string id, string answer) => $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"content":[],"told":{{{{answer}}}}}}""";

    /// <summary>The last member whose name is the given one in any case.</summary>
    private static JsonNode? Last(JsonNode? node, string name)
    {
        if (node is not JsonObject)
        {
            return null;
        }

        using var document = JsonDocument.Parse(node.ToJsonString());
        JsonNode? found = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = JsonNode.Parse(member.Value.GetRawText());
            }
        }

        return found;
    }

    private async Task StreamAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        if (IsEventStream)
        {
            await http.Response.WriteAsync("event: endpoint\ndata: /messages?s=1\n\n");
        }

        await http.Response.Body.FlushAsync();
        async Task Say(string message)
        {
            await http.Response.WriteAsync($"event: message\nid: 1\ndata: {message}\n\n");
            await http.Response.Body.FlushAsync();
        }

        Streams += Say;
        try
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client hung up.
        }
        finally
        {
            Streams -= Say;
        }
    }
}
