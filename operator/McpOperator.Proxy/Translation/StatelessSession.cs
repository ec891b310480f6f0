using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using McpOperator.Protocol;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>
/// A session with a server that knows none (2026-07-28): the proxy remembers what the client said in its handshake, and says it again with each
/// request. What the server asks for in an answer is asked of the client as a request, and the request is tried again with what it answers.
/// </summary>
internal sealed class StatelessSession : IServerSession
{
    private const int MostRounds = 20;

    private readonly StreamableSession _server;
    private readonly ReadOnlyMemory<byte> _handshake;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ReadOnlyMemory<byte>>> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _subscriptions = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private CancellationTokenSource _listening = new();
    private string? _logLevel;
    private int _lastId;

    private StatelessSession(StreamableSession server, ReadOnlyMemory<byte> handshake) =>
        (_server, _handshake, ServerResult) = (server, handshake, StatelessMessages.Handshaken(handshake, server.ServerResult));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ServerResult { get; }

    /// <summary>Asks the server what it is, and answers the handshake for it.</summary>
    /// <inheritdoc cref="StreamableSession.OpenAsync"/>
    public static async Task<StatelessSession> OpenAsync(UpstreamClient upstream, ServeOptions options, ReadOnlyMemory<byte> parameters, CancellationToken ct) =>
        new(await StreamableSession.DiscoverAsync(upstream, options, ct), parameters.ToArray());

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id, [EnumeratorCancellation] CancellationToken ct)
    {
        if (Own(message, id) is { } own)
        {
            yield return own;
            yield break;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var key = Key(id);
        _running[key] = end;
        try
        {
            var next = StatelessMessages.WithClient(message, _handshake, _logLevel);
            for (var round = 0; round < MostRounds; round++)
            {
                ReadOnlyMemory<byte> result = default;
                await foreach (var part in _server.RequestAsync(next, id, end.Token))
                {
                    result = EventMessages.Answers(part, id) ? JsonText.Member(part, "result") : default;
                    if (!IsQuestion(result))
                    {
                        yield return part;
                    }
                }

                if (!IsQuestion(result))
                {
                    yield break;
                }

                var answers = new List<(string Key, Task<ReadOnlyMemory<byte>> Answer)>();
                foreach (var asked in JsonText.Members(JsonText.Member(result, StatelessMessages.InputRequests)))
                {
                    var (ownId, answer) = Ask();
                    answers.Add((asked.Name, answer));
                    yield return JsonObjectText.Set(JsonObjectText.Set(asked.Value, "id", ownId), "jsonrpc", "\"2.0\""u8.ToArray());
                }

                next = await RetryAsync(message, result, answers, end.Token);
            }

            throw new ServerSessionException($"the server asked more than {MostRounds} times");
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    /// <inheritdoc/>
    public Task PostAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        if (JsonText.Member(message, "method").IsEmpty)
        {
            if (_asked.TryRemove(Key(JsonText.Member(message, "id")), out var asked))
            {
                asked.TrySetResult(message.ToArray());
            }
        }
        else if (JsonText.Unquote(JsonText.Member(message, "method")) == McpMethods.Cancelled
            && _running.TryGetValue(Key(JsonText.Member(JsonText.Member(message, "params"), McpParams.RequestId)), out var running))
        {
            // Hanging up is what cancels here.
            return running.CancelAsync();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ListenAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var capabilities = JsonText.Member(ServerResult, McpParams.Capabilities);
        while (!ct.IsCancellationRequested)
        {
            CancellationToken changed;
            lock (_lock)
            {
                changed = _listening.Token;
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, changed);
            var wanted = SubscriptionFilter.Of(Everything(), capabilities);
            var id = Encoding.UTF8.GetBytes($"\"mcp-proxy-listen-{Interlocked.Increment(ref _lastId)}\"");
            var call = StatelessMessages.WithClient(
                JsonRpcWriter.Call(id, McpMethods.Listen, writer => { writer.WriteStartObject(); StatelessMessages.Raw(writer, "notifications", wanted.ToJson()); writer.WriteEndObject(); }), _handshake, _logLevel);
            await using var parts = _server.RequestAsync(call, id, end.Token).GetAsyncEnumerator(end.Token);
            while (await NextAsync(parts, changed))
            {
                if (!EventMessages.Answers(parts.Current, id) && JsonText.Unquote(JsonText.Member(parts.Current, "method")) != McpMethods.ListenAcknowledged)
                {
                    yield return parts.Current;
                }
            }

            if (!changed.IsCancellationRequested)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running.Values)
        {
            await running.CancelAsync();
        }

        await _server.DisposeAsync();
        _listening.Dispose();
    }

    /// <summary>Whether there is more, as long as nobody subscribes to something else.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<ReadOnlyMemory<byte>> parts, CancellationToken changed)
    {
        try
        {
            return await parts.MoveNextAsync();
        }
        catch (OperationCanceledException) when (changed.IsCancellationRequested)
        {
            return false;
        }
        catch (ServerSessionException)
        {
            return false;
        }
    }

    private static bool IsQuestion(ReadOnlyMemory<byte> result) => JsonText.Unquote(JsonText.Member(result, StatelessMessages.ResultType)) == "input_required";

    /// <summary>Answers what this revision does not have any more; nothing when the server has to answer.</summary>
    private ReadOnlyMemory<byte>? Own(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id)
    {
        var parameters = JsonText.Member(message, "params");
        switch (JsonText.Unquote(JsonText.Member(message, "method")))
        {
            case McpMethods.Ping:
                break;
            case McpMethods.SetLevel:
                _logLevel = JsonText.Unquote(JsonText.Member(parameters, "level"));
                break;
            case McpMethods.ResourcesSubscribe:
                _subscriptions[JsonText.Unquote(JsonText.Member(parameters, McpParams.Uri)) ?? ""] = true;
                ListenAnew();
                break;
            case McpMethods.ResourcesUnsubscribe:
                _subscriptions.TryRemove(JsonText.Unquote(JsonText.Member(parameters, McpParams.Uri)) ?? "", out _);
                ListenAnew();
                break;
            default:
                return null;
        }

        return JsonRpcWriter.Result(id, static writer => { writer.WriteStartObject(); writer.WriteEndObject(); });
    }

    private (byte[] Id, Task<ReadOnlyMemory<byte>> Answer) Ask()
    {
        var id = Encoding.UTF8.GetBytes($"\"mcp-proxy-{Interlocked.Increment(ref _lastId)}\"");
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[Key(id)] = answer;
        return (id, answer.Task);
    }

    /// <summary>The request with what the client has answered, and with what the server wants to be told again.</summary>
    private async Task<ReadOnlyMemory<byte>> RetryAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> result, List<(string Key, Task<ReadOnlyMemory<byte>> Answer)> answers, CancellationToken ct)
    {
        ReadOnlyMemory<byte> responses = "{}"u8.ToArray();
        foreach (var (key, answer) in answers)
        {
            var given = JsonText.Member(await answer.WaitAsync(ct), "result");
            responses = given.IsEmpty ? throw new ServerSessionException("the client refuses what the server asks") : JsonObjectText.Set(responses, key, given);
        }

        var parameters = JsonText.Member(message, "params") is { IsEmpty: false } own ? own : "{}"u8.ToArray();
        parameters = answers.Count > 0 ? JsonObjectText.Set(parameters, McpParams.InputResponses, responses) : parameters;
        parameters = JsonText.Member(result, McpParams.RequestState) is { IsEmpty: false } state ? JsonObjectText.Set(parameters, McpParams.RequestState, state) : parameters;
        return StatelessMessages.WithClient(JsonObjectText.Set(message, "params", parameters), _handshake, _logLevel);
    }

    private byte[] Everything() => StatelessMessages.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("toolsListChanged", true);
        writer.WriteBoolean("promptsListChanged", true);
        writer.WriteBoolean("resourcesListChanged", true);
        writer.WriteStartArray("resourceSubscriptions");
        foreach (var uri in _subscriptions.Keys)
        {
            writer.WriteStringValue(uri);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private void ListenAnew()
    {
        CancellationTokenSource old;
        lock (_lock)
        {
            (old, _listening) = (_listening, new());
        }

        old.Cancel();
        old.Dispose();
    }

    private static string Key(ReadOnlyMemory<byte> id) => JsonText.Unquote(id) is { } text ? "s" + text : Encoding.UTF8.GetString(id.Span);
}
