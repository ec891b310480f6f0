using McpOperator.Api;
using McpOperator.Bridge.Framing;
using McpOperator.Protocol;
using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge.Sessions;

/// <summary>
/// One process for all sessions, for servers that keep nothing about their clients. The bridge is its client: it shakes hands once and
/// promises nothing (no sampling, no elicitation, no roots), because nobody could say whom such a request of the server is for. What
/// the server says about a request goes to the session that made it; changes go to all; the rest to nobody.
/// </summary>
internal sealed class SharedServer : IServerSource, IAudience, IAsyncDisposable
{
    private readonly BridgeOptions _options;
    private readonly ServerPool _pool;
    private readonly bool _shakesHands;
    private readonly Func<IEnumerable<Session>> _sessions;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _running;
    private TaskCompletionSource<ServerConnection> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ServerUnavailableException? _failure;

    /// <param name="options">Limits and patience.</param>
    /// <param name="pool">Starts its process; nobody else may take from it.</param>
    /// <param name="shakesHands">Whether it is opened by <c>initialize</c>, as until 2025-11-25.</param>
    /// <param name="sessions">Those who share it.</param>
    /// <param name="logger">The log.</param>
    public SharedServer(BridgeOptions options, ServerPool pool, bool shakesHands, Func<IEnumerable<Session>> sessions, ILogger logger)
    {
        (_options, _pool, _shakesHands, _sessions, _logger) = (options, pool, shakesHands, sessions, logger);
        _running = RunAsync();
    }

    /// <summary>Whether it is opened by a handshake, and by whom: a client's own never reaches it.</summary>
    /// <param name="notification">A client's notification.</param>
    public static bool Keeps(JsonRpcMessage notification) => notification.Method is McpMethods.Initialized or McpMethods.RootsListChanged;

    /// <summary>What the server answered to <c>initialize</c>.</summary>
    public ReadOnlyMemory<byte> InitializeResult { get; private set; }

    /// <inheritdoc/>
    public ServerConnection? Current => _ready.Task is { IsCompletedSuccessfully: true } ready ? ready.Result : null;

    /// <inheritdoc/>
    public async ValueTask<ServerConnection> GetAsync(CancellationToken ct)
    {
        if (Current is { } current)
        {
            return current;
        }

        if (_failure is { } failure)
        {
            throw new ServerUnavailableException(failure.Reason, failure.Message, failure.RetryAfter);
        }

        return await _ready.Task.WaitAsync(ct);
    }

    /// <inheritdoc/>
    public async ValueTask HearAsync(ServerConnection server, ServerMessage message)
    {
        if (message.Kind == MessageKind.Request)
        {
            await server.SendAsync(message.Method == McpMethods.Ping
                ? JsonRpcWriter.Result(message.Id, writer => { writer.WriteStartObject(); writer.WriteEndObject(); })
                : BridgeErrors.Write(message.Id, JsonRpcErrors.MethodNotFound, BridgeReasons.ServerIsShared, "this client serves many users at once and can ask none of them"));
            return;
        }

        foreach (var session in Hearers(server, message))
        {
            // One client that does not listen must not hold up the others.
            session.Standing.TryAdd(new(message.Text));
        }
    }

    /// <summary>Notes which resources a session asks about.</summary>
    /// <returns>Whether the server need not be asked, because others still want to know.</returns>
    public bool Subscribes(Session session, JsonRpcMessage request)
    {
        if (JsonText.Unquote(JsonText.Member(request.Params, McpParams.Uri)) is not { } uri)
        {
            return false;
        }

        lock (session.Subscriptions)
        {
            if (request.Method == McpMethods.ResourcesSubscribe)
            {
                session.Subscriptions.Add(uri);
                return false;
            }

            session.Subscriptions.Remove(uri);
        }

        return _sessions().Any(other => WantsToHear(other, uri));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _running;
        await _pool.DisposeAsync();
    }

    private IEnumerable<Session> Hearers(ServerConnection server, ServerMessage message)
    {
        switch (message.Method)
        {
            case McpMethods.ToolsListChanged or McpMethods.PromptsListChanged or McpMethods.ResourcesListChanged:
                return _sessions();
            case McpMethods.ResourcesUpdated:
                var uri = JsonText.Unquote(JsonText.Member(message.Params, McpParams.Uri));
                return _sessions().Where(session => uri is not null && WantsToHear(session, uri));
            default:
                // If only one session waits for anything, it is meant.
                var waiting = _sessions().Where(session => session.Exchanges.Any()).Take(2).ToList();
                if (waiting.Count == 1 && server.Exchanges.Count > 0)
                {
                    return waiting;
                }

                Log.NobodysMessage(_logger, McpMethods.IsKnown(message.Method) ? message.Method! : "notification");
                return [];
        }
    }

    private static bool WantsToHear(Session session, string uri)
    {
        lock (session.Subscriptions)
        {
            return session.Subscriptions.Contains(uri);
        }
    }

    private async Task RunAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                var server = await _pool.TakeAsync(_stopped.Token);
                server.Open(this);
                if (_shakesHands)
                {
                    await ShakeHandsAsync(server);
                }

                _failure = null;
                _ready.TrySetResult(server);
                await server.Closed.WaitAsync(_stopped.Token);
                _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            catch (ServerUnavailableException e)
            {
                Fail(e);
                await Task.WhenAny(Task.Delay(e.RetryAfter + TimeSpan.FromMilliseconds(1), _stopped.Token));
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        Fail(new(BridgeReasons.Stopping, "the bridge is being stopped", TimeSpan.FromSeconds(5)));
    }

    private void Fail(ServerUnavailableException why)
    {
        _failure = why;
        var waiting = Interlocked.Exchange(ref _ready, new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (waiting.TrySetException(why))
        {
            // Seen by whoever waits; if nobody does, it is no fault.
            _ = waiting.Task.Exception;
        }
    }

    private async Task ShakeHandsAsync(ServerConnection server)
    {
        var stream = new EventStream(0, answers: 1);
        var answered = default(ServerMessage);
        var request = JsonRpcReader.Read(Handshake(), JsonLimits.Default).Messages[0];
        var exchange = new Exchange(request, stream, owner: null) { Answering = answer => answered = answer };
        await server.SendAsync(request, exchange, _stopped.Token);
        try
        {
            await stream.NextAsync(stream.Attach()).AsTask().WaitAsync(_options.StartTimeout, _stopped.Token);
        }
        catch (TimeoutException)
        {
            // Told below.
        }

        if (answered.Result.IsEmpty)
        {
            var why = $"the server has not answered '{McpMethods.Initialize}' with a result within {_options.StartTimeout.TotalSeconds} s";
            Log.ServerFailed(_logger, server.ProcessId, why);
            await server.StopAsync(BridgeReasons.ServerNotStarting, why);
            throw new ServerUnavailableException(BridgeReasons.ServerNotStarting, why, _pool.Failed(why));
        }

        InitializeResult = answered.Result.ToArray();
        _pool.Succeeded();
        await server.SendAsync(JsonRpcWriter.Call(default, McpMethods.Initialized));
    }

    /// <summary>A handshake that promises nothing.</summary>
    private static byte[] Handshake() => JsonRpcWriter.Call("0"u8.ToArray(), McpMethods.Initialize, parameters =>
    {
        parameters.WriteStartObject();
        parameters.WriteString(McpParams.ProtocolVersion, ProtocolRevision.LatestWithHandshake.Name);
        parameters.WriteStartObject(McpParams.Capabilities);
        parameters.WriteEndObject();
        parameters.WriteStartObject(McpParams.ClientInfo);
        parameters.WriteString("name", "mcp-proxy bridge");
        parameters.WriteString("version", typeof(SharedServer).Assembly.GetName().Version!.ToString(3));
        parameters.WriteEndObject();
        parameters.WriteEndObject();
    });
}
