using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Bridge.Framing;
using McpOperator.Bridge.Processes;
using McpOperator.Protocol;
using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge.Sessions;

/// <summary>A server's process with those requests that it has not answered yet.</summary>
internal sealed class ServerConnection : IDisposable
{
    /// <summary>Lines without a message that are logged before the rest is only counted.</summary>
    private const int LoggedGarbage = 20;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _process;
    private readonly BridgeOptions _options;
    private readonly bool _shared;
    private readonly ILogger _logger;
    private readonly MessageWriter _input;
    private readonly Task _errors;
    private Task _reading = Task.CompletedTask;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Exchange> _exchanges = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastKey;
    private int _garbage;
    private (string Reason, string Message)? _end;
    private bool _stopping;

    /// <param name="process">The process; it is looked after here from now on.</param>
    /// <param name="options">Limits and patience.</param>
    /// <param name="shared">Whether several clients use it: then their tokens for progress are replaced by ours, as their ids always are.</param>
    /// <param name="logger">The log.</param>
    public ServerConnection(ChildProcess process, BridgeOptions options, bool shared, ILogger logger)
    {
        (_process, _options, _shared, _logger) = (process, options, shared, logger);
        _input = new(process.Input);
        _errors = StandardErrorLog.PumpAsync(process.Error, line => Log.StandardError(logger, process.Id, line));
        _ = WatchAsync();
    }

    /// <summary>The process's number.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Ends when the process has been collected, and all that waited for it has been told so.</summary>
    public Task Closed => _closed.Task;

    /// <summary>How the process ended.</summary>
    public Task<ProcessExit> Exited => _process.Exited;

    /// <summary>Whether requests can still be sent.</summary>
    public bool IsOpen => _end is null;

    /// <summary>Whether the process ended because it was told to.</summary>
    public bool WasStopped => _stopping;

    /// <summary>Whether it has answered anything yet.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Requests that it has not answered yet, oldest first.</summary>
    public IReadOnlyList<Exchange> Exchanges
    {
        get
        {
            lock (_gate)
            {
                return [.. _exchanges.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
            }
        }
    }

    /// <summary>Begins to read what the server writes.</summary>
    /// <param name="audience">Who hears what is no answer.</param>
    public void Open(IAudience audience) => _reading = ReadAsync(audience);

    /// <summary>Sends a request. Its answer, or why there is none, comes on the exchange's stream.</summary>
    /// <param name="request">The request.</param>
    /// <param name="exchange">Where the answer goes.</param>
    /// <param name="ct">Gives up as long as the message has not been begun.</param>
    public async ValueTask SendAsync(JsonRpcMessage request, Exchange exchange, CancellationToken ct)
    {
        long key;
        lock (_gate)
        {
            if (_end is { } end)
            {
                exchange.Fail(JsonRpcErrors.InternalError, end.Reason, end.Message);
                return;
            }

            key = ++_lastKey;
            _exchanges[key] = exchange;
        }

        try
        {
            if (!await _input.WriteAsync(WithKey(request, Encoding.ASCII.GetBytes(key.ToString())), ct))
            {
                // A server that reads no more has ended, whatever its process still does; its end answers.
                _ = _process.StopAsync(_options.StopPatience);
            }
        }
        catch (OperationCanceledException)
        {
            Forget(exchange);
            throw;
        }
    }

    /// <summary>Sends what wants no answer. A cancellation names the request as the server knows it, and reaches the sender's own only.</summary>
    public async ValueTask SendAsync(JsonRpcMessage message, Session sender, CancellationToken ct)
    {
        if (message is not { Kind: MessageKind.Notification, Method: McpMethods.Cancelled })
        {
            await _input.WriteAsync(new(OneLine(message.Text)), ct);
            return;
        }

        var requestId = JsonText.Member(message.Params, McpParams.RequestId);
        if (Find(exchange => exchange.Owner == sender && exchange.Id.Span.SequenceEqual(requestId.Span)) is var (key, exchange))
        {
            exchange.IsCancelled = true;
            var edits = new JsonEdits(message.Text);
            edits.Replace(requestId, Encoding.ASCII.GetBytes(key.ToString()));
            await _input.WriteAsync(new(OneLine(edits.ToArray())), ct);
        }
    }

    /// <summary>Answers a request of the server, or tells it something, in our own words.</summary>
    public ValueTask<bool> SendAsync(byte[] message) => _input.WriteAsync(new(message));

    /// <summary>Tells the server that nobody waits for a request any more.</summary>
    public async ValueTask CancelAsync(Exchange exchange)
    {
        if (Find(candidate => candidate == exchange) is var (key, _))
        {
            exchange.IsCancelled = true;
            await SendAsync(JsonRpcWriter.Call(default, McpMethods.Cancelled, parameters =>
            {
                parameters.WriteStartObject();
                parameters.WriteNumber(McpParams.RequestId, key);
                parameters.WriteString("reason", "the client has closed its stream");
                parameters.WriteEndObject();
            }));
        }
    }

    /// <summary>Waits no longer for an answer.</summary>
    public void Forget(Exchange exchange)
    {
        if (Find(candidate => candidate == exchange) is var (key, _))
        {
            lock (_gate)
            {
                _exchanges.Remove(key);
            }
        }
    }

    /// <summary>Ends the process and all that it has started; requests under way are told why.</summary>
    public async Task StopAsync(string reason, string message)
    {
        _stopping = true;
        End(reason, message);
        await _process.StopAsync(_options.StopPatience);
        await Closed;
    }

    /// <summary>Closes the pipes; done by itself when the process has ended.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _process.Dispose();
    }

    private async Task ReadAsync(IAudience audience)
    {
        try
        {
            var lines = new LineReader(_process.Output, _options.MaxMessageBytes);
            while (await lines.ReadAsync() is { } line)
            {
                await TakeLineAsync(audience, line);
            }
        }
        catch (LineTooLongException e)
        {
            Log.ServerFailed(_logger, ProcessId, e.Message);
            End(BridgeReasons.ServerMessageTooLong, e.Message);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The process has been collected.
        }

        // A server that closes its output has ended, whatever its process still does (MCP 2026-07-28, stdio, "Shutdown").
        await _process.StopAsync(_options.StopPatience);
    }

    private async Task WatchAsync()
    {
        var exit = await _process.Exited;
        if (_garbage > LoggedGarbage)
        {
            Log.MoreNoMessages(_logger, ProcessId, _garbage - LoggedGarbage);
        }

        if (_stopping)
        {
            Log.ProcessEnded(_logger, ProcessId, exit.ToString());
        }
        else
        {
            Log.ProcessDied(_logger, ProcessId, exit.ToString());
        }

        // What it wrote before it ended may still lie in the pipes; somebody who escaped its process group may hold them open.
        await Task.WhenAny(Task.WhenAll(_reading, _errors), Task.Delay(LongestRest));
        End(BridgeReasons.ServerExited, $"the server's process ended ({exit}) before it answered; what it said on standard error is in the log");
        Dispose();
        _closed.TrySetResult();
    }

    private void End(string reason, string message)
    {
        List<Exchange> unanswered;
        lock (_gate)
        {
            _end ??= (reason, message);
            unanswered = [.. _exchanges.Values];
            _exchanges.Clear();
        }

        foreach (var exchange in unanswered)
        {
            exchange.Fail(JsonRpcErrors.InternalError, reason, message);
        }
    }

    private async ValueTask TakeLineAsync(IAudience audience, byte[] line)
    {
        if (ServerMessage.Read(line) is { } message)
        {
            await TakeAsync(audience, message);
        }
        else if (Batch(line) is { Count: > 0 } batch)
        {
            foreach (var item in batch)
            {
                await TakeAsync(audience, item);
            }
        }
        else if (!line.AsSpan().Trim(" \t\r"u8).IsEmpty && ++_garbage <= LoggedGarbage)
        {
            Log.NoMessage(_logger, ProcessId, StandardErrorLog.Printable(line.AsSpan(0, Math.Min(line.Length, 256))));
        }
    }

    private ValueTask TakeAsync(IAudience audience, ServerMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Response:
                Answer(message);
                return ValueTask.CompletedTask;
            case MessageKind.Notification when RequestOf(message) is var (exchange, said):
                return AddAsync(exchange.Stream, said);
            default:
                return audience.HearAsync(this, message);
        }
    }

    /// <summary>Adds to a stream that has a reader, and waits for that reader; without one the stream takes what fits.</summary>
    private static async ValueTask AddAsync(EventStream stream, Spliced message)
    {
        while (!stream.TryAdd(message) && stream.IsRead)
        {
            await stream.WaitForRoomAsync();
        }
    }

    private void Answer(ServerMessage message)
    {
        Exchange? exchange = null;
        if (TryParse(message.Id.Span, out var key))
        {
            lock (_gate)
            {
                _exchanges.Remove(key, out exchange);
            }
        }

        HasAnswered = true;
        if (exchange is null)
        {
            Log.UnknownAnswer(_logger, ProcessId);
            return;
        }

        exchange.Answer(message);
    }

    /// <summary>
    /// The request that a notification belongs to, by its token for progress or as a subscription's (2026-07-28, stdio, "Receiving
    /// Messages"), and the notification as the client is to see it.
    /// </summary>
    private (Exchange Exchange, Spliced Message)? RequestOf(ServerMessage message)
    {
        if (message.Method != McpMethods.Progress)
        {
            var subscription = JsonText.Member(JsonText.Member(message.Params, McpParams.Meta), McpMeta.SubscriptionId);
            return WithKey(subscription) is { } listening ? (listening, Splice(message, subscription, listening.Id)) : null;
        }

        var token = JsonText.Member(message.Params, McpMeta.ProgressToken);
        if (_shared)
        {
            return WithKey(token) is { ProgressToken.IsEmpty: false } reporting ? (reporting, Splice(message, token, reporting.ProgressToken)) : null;
        }

        return !token.IsEmpty && Find(exchange => exchange.ProgressToken.Span.SequenceEqual(token.Span)) is var (_, found) ? (found, new(message.Text)) : null;
    }

    /// <summary>Puts our id, and if need be our token, into a request.</summary>
    private Spliced WithKey(JsonRpcMessage request, byte[] key)
    {
        var text = OneLine(request.Text);
        var start = Offset(request, request.Id);
        var token = _shared ? JsonText.Member(JsonText.Member(request.Params, McpParams.Meta), McpMeta.ProgressToken) : default;
        if (token.IsEmpty)
        {
            return new(text, start, request.Id.Length, key);
        }

        var tokenStart = Offset(request, token);
        var edits = new JsonEdits(text);
        foreach (var (at, length) in new[] { (start, request.Id.Length), (tokenStart, token.Length) }.Order())
        {
            edits.Replace(at, at + length, key);
        }

        return new(edits.ToArray());
    }

    private Exchange? WithKey(ReadOnlyMemory<byte> key)
    {
        lock (_gate)
        {
            return TryParse(key.Span, out var number) ? _exchanges.GetValueOrDefault(number) : null;
        }
    }

    private (long Key, Exchange Exchange)? Find(Func<Exchange, bool> condition)
    {
        lock (_gate)
        {
            foreach (var (key, exchange) in _exchanges)
            {
                if (condition(exchange))
                {
                    return (key, exchange);
                }
            }

            return null;
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> key, out long number) => Utf8Parser.TryParse(key, out number, out var length) && length == key.Length;

    private static Spliced Splice(ServerMessage message, ReadOnlyMemory<byte> slice, ReadOnlyMemory<byte> replacement) =>
        new(message.Text, message.OffsetOf(slice), slice.Length, replacement);

    private static int Offset(JsonRpcMessage message, ReadOnlyMemory<byte> slice) =>
        message.Text.Span.Overlaps(slice.Span, out var offset) ? offset : throw new ArgumentException("not a slice of this message", nameof(slice));

    /// <summary>A line of its own: in JSON that is well formed, line ends stand between values only, where a space does as well.</summary>
    private static ReadOnlyMemory<byte> OneLine(ReadOnlyMemory<byte> text)
    {
        if (!text.Span.ContainsAny((byte)'\n', (byte)'\r'))
        {
            return text;
        }

        var line = text.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    /// <summary>The messages of an array, which servers of 2025-03-26 may write; nothing when it is none.</summary>
    private static List<ServerMessage>? Batch(byte[] line)
    {
        if (!line.AsSpan().TrimStart(" \t"u8).StartsWith("["u8))
        {
            return null;
        }

        try
        {
            var items = JsonText.Items(JsonText.Trim(line)).ConvertAll(item => ServerMessage.Read(item.ToArray()));
            return items.TrueForAll(item => item is not null) ? items.ConvertAll(item => item!.Value) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
