using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpOperator.EndToEnd.Tests;

/// <summary>An error that the server, or the proxy before it, has answered.</summary>
internal sealed class McpErrorException(JsonNode error) : Exception($"{error["code"]} {error["message"]}")
{
    /// <summary>The JSON-RPC error code; where the HTTP status says it already, what the SDK makes of that.</summary>
    public int Code => (int?)error["code"] ?? 0;

    /// <summary>The HTTP status; 200 where only the JSON-RPC answer is an error.</summary>
    public int Status => (int?)error["refusal"]?["status"] ?? 200;

    /// <summary>The word for machines.</summary>
    public string? Reason => error.Text("data.reason") ?? (error.Text("refusal.body") is { Length: > 0 } body ? Json.Parse(body).Text("error.data.reason") : null);

    /// <summary>The header <c>WWW-Authenticate</c>.</summary>
    public string? Challenge => error.Text("refusal.challenge");

    /// <summary>The header <c>Retry-After</c>.</summary>
    public string? RetryAfter => error.Text("refusal.retryAfter");
}

/// <summary>A session of the official TypeScript SDK's client, in a process of its own (<c>test/clients/client.mjs</c>).</summary>
internal sealed class SdkClient : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> _waiting = [];
    private readonly TaskCompletionSource<JsonNode?> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _last;

    private SdkClient(Process process) => (_process, _waiting[0]) = (process, _opened);

    /// <summary>The revision that was agreed upon.</summary>
    public string Revision { get; private set; } = "";

    /// <summary>The session's id as the client got it; nothing where the revision has no sessions.</summary>
    public string? Session { get; private set; }

    /// <summary>Opens a session.</summary>
    /// <param name="url">The server's address.</param>
    /// <param name="revision">The revision that the client speaks.</param>
    /// <param name="token">An access token.</param>
    /// <param name="agentSession">The name of an MCPAgentSession.</param>
    public static Task<SdkClient> OpenAsync(string url, string revision = "2025-11-25", string? token = null, string? agentSession = null)
    {
        var headers = new JsonObject();
        if (token is not null)
        {
            headers["Authorization"] = $"Bearer {token}";
        }

        if (agentSession is not null)
        {
            headers["Mcp-Agent-Session"] = agentSession;
        }

        return OpenAsync(url, revision, new JsonObject { ["headers"] = headers });
    }

    /// <summary>Opens a session.</summary>
    /// <param name="url">The server's address.</param>
    /// <param name="revision">The revision that the client speaks.</param>
    /// <param name="options">The options of <c>client.mjs</c>.</param>
    /// <param name="authorities">A file with the certificates of authorities that the client is to trust.</param>
    public static async Task<SdkClient> OpenAsync(string url, string revision, JsonObject options, string? authorities = null)
    {
        var client = new SdkClient(ClientProcess.Start("client.mjs", options.ToJsonString(), [url, revision], authorities));
        _ = client.ReadAsync();
        try
        {
            var opened = await Eventually.Ends(client._opened.Task);
            client.Revision = (string)opened!["revision"]!;
            client.Session = (string?)opened["session"];
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>The names of the tools that the server shows.</summary>
    public async Task<IReadOnlyList<string>> ToolNamesAsync() => [.. (await SendAsync("list"))!.AsArray().Select(tool => (string)tool!["name"]!)];

    /// <summary>Calls a tool; its first content, which is a text.</summary>
    public async Task<string> CallAsync(string tool, string arguments = "{}")
    {
        var result = await SendAsync("call", new() { ["name"] = tool, ["arguments"] = JsonNode.Parse(arguments) });
        return (string)result!["content"]![0]!["text"]!;
    }

    /// <summary>Which pod, process and session answers.</summary>
    public async Task<WhoAmI> WhoAmIAsync()
    {
        var who = JsonNode.Parse(await CallAsync("whoami"))!;
        return new((string)who["pod"]!, (int)who["process"]!, (string)who["secret"]!, (int)who["calls"]!);
    }

    /// <summary>Runs one of the operations of <c>client.mjs</c>.</summary>
    public Task<JsonNode?> SendAsync(string operation, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = parameters ?? [];
        message["id"] = id;
        message["op"] = operation;
        lock (_process)
        {
            _process.StandardInput.WriteLine(message.ToJsonString());
            _process.StandardInput.Flush();
        }

        return Eventually.Ends(answer.Task);
    }

    public ValueTask DisposeAsync() => ClientProcess.EndAsync(_process);

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var message = JsonNode.Parse(line)!.AsObject();
            if (message["id"] is not { } id || !_waiting.TryRemove((int)id, out var waiting))
            {
                continue; // a notification
            }

            if (message["error"] is { } error)
            {
                waiting.SetException(new McpErrorException(error));
            }
            else
            {
                waiting.SetResult(message["result"]);
            }
        }

        var ended = new InvalidOperationException($"the client has ended: {await _process.StandardError.ReadToEndAsync()}");
        foreach (var waiting in _waiting.Values)
        {
            waiting.TrySetException(ended);
        }
    }
}

/// <summary>What the fixture server's tool <c>whoami</c> says.</summary>
internal sealed record WhoAmI(string Pod, int Process, string Secret, int Calls);
