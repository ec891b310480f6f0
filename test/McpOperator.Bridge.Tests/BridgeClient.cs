using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Tests;

/// <summary>A client that says what a test wants, and nothing else.</summary>
internal sealed class BridgeClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 }) { Timeout = TimeSpan.FromSeconds(60) };
    private int _lastId;

    public string? SessionId { get; set; }

    public string? Revision { get; set; }

    public async Task<JsonNode> InitializeAsync(string revision = "2025-11-25")
    {
        (SessionId, Revision) = (null, null);
        using var response = await PostAsync(Initialize(revision));
        var answer = (await MessagesAsync(response)).Single();
        SessionId = response.Headers.TryGetValues(McpHeaders.SessionId, out var ids) ? ids.Single() : null;
        if (answer["result"] is not null)
        {
            Revision = answer["result"]!["protocolVersion"]!.GetValue<string>();
            using var initialized = await PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
            initialized.StatusCode.Should().Be(System.Net.HttpStatusCode.Accepted);
        }

        return answer;
    }

    public static string Initialize(string revision = "2025-11-25") =>
        $$$$"""{"jsonrpc":"2.0","id":"first","method":"initialize","params":{"protocolVersion":"{{{{revision}}}}","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    /// <summary>The text that a tool answers with.</summary>
    public async Task<string> CallAsync(string tool, object? arguments = null) => TextOf(await CallRawAsync(tool, arguments));

    /// <summary>The last message that comes back from a call.</summary>
    public async Task<JsonNode> CallRawAsync(string tool, object? arguments = null)
    {
        using var response = await PostAsync(Call(Interlocked.Increment(ref _lastId).ToString(), tool, arguments));
        return (await MessagesAsync(response))[^1];
    }

    public static string TextOf(JsonNode answer) => answer["result"]?["content"]?[0]?["text"]?.GetValue<string>() ?? throw new InvalidOperationException(answer.ToJsonString());

    public static string Call(string id, string tool, object? arguments = null, string? token = null) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{{{(token is null ? "{" : $"{{\"_meta\":{{\"progressToken\":{token}}},")}}}"name":"{{{tool}}}","arguments":{{{JsonSerializer.Serialize(arguments ?? new { })}}} } }""";

    public Task<HttpResponseMessage> PostAsync(string body, Action<HttpRequestMessage>? change = null, CancellationToken ct = default) =>
        SendAsync(HttpMethod.Post, request =>
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            change?.Invoke(request);
        }, ct);

    public Task<HttpResponseMessage> GetAsync(string? lastEventId = null, CancellationToken ct = default) => SendAsync(HttpMethod.Get, request =>
    {
        if (lastEventId is not null)
        {
            request.Headers.Add(McpHeaders.LastEventId, lastEventId);
        }
    }, ct);

    public Task<HttpResponseMessage> DeleteAsync() => SendAsync(HttpMethod.Delete, _ => { }, default);

    /// <summary>All messages of a response, once it has ended.</summary>
    public static async Task<IReadOnlyList<JsonNode>> MessagesAsync(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return [JsonNode.Parse(await response.Content.ReadAsStringAsync())!];
        }

        var messages = new List<JsonNode>();
        await foreach (var (_, data) in EventsAsync(response))
        {
            messages.Add(JsonNode.Parse(data)!);
        }

        return messages;
    }

    /// <summary>The events of a response as they come; those without data are left out.</summary>
    public static async IAsyncEnumerable<(string? Id, string Data)> EventsAsync(HttpResponseMessage response)
    {
        var reader = new SseReader(256 * 1024 * 1024);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[65536];
        string? id = null;
        for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
        {
            reader.Append(buffer.AsSpan(0, count));
            while (reader.Read() is { } item)
            {
                id = item.Id ?? id;
                if (item.HasData && !item.Data.IsEmpty)
                {
                    yield return (id, Encoding.UTF8.GetString(item.Data.Span));
                }
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, Action<HttpRequestMessage> change, CancellationToken ct)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (method == HttpMethod.Post)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        }

        if (SessionId is not null)
        {
            request.Headers.Add(McpHeaders.SessionId, SessionId);
        }

        if (Revision is not null)
        {
            request.Headers.Add(McpHeaders.ProtocolVersion, Revision);
        }

        change(request);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }
}
