using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using McpOperator.Protocol;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Upstream;

/// <summary>
/// A session over HTTP+SSE (MCP 2024-11-05): everything comes on one stream, and what is sent is posted to the address that the stream names
/// first.
/// </summary>
internal sealed class EventStreamSession : IServerSession
{
    private readonly UpstreamClient _upstream;
    private readonly JsonLimits _limits;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, Channel<ReadOnlyMemory<byte>>> _pending = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();
    private readonly Channel<ReadOnlyMemory<byte>> _unasked = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly TaskCompletionSource<Uri> _endpoint = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;

    private EventStreamSession(UpstreamClient upstream, ServeOptions options) => (_upstream, _limits) = (upstream, AnswerLimits.Of(options));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ServerResult { get; private set; }

    /// <summary>Ends when the stream does.</summary>
    public Task Ended => _reading;

    /// <summary>Opens the stream and waits for the address to post to; the handshake is the caller's.</summary>
    /// <exception cref="ServerSessionException">The server refuses it.</exception>
    public static async Task<EventStreamSession> ConnectAsync(UpstreamClient upstream, ServeOptions options, CancellationToken ct)
    {
        var session = new EventStreamSession(upstream, options);
        try
        {
            session._reading = session.ReadAsync(session._end.Token);
            await session._endpoint.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
            return session;
        }
        catch (Exception e)
        {
            await session.DisposeAsync();
            throw e is TimeoutException ? new ServerSessionException("the server named no address to post to") : e;
        }
    }

    /// <summary>Opens a session.</summary>
    /// <inheritdoc cref="StreamableSession.OpenAsync"/>
    public static async Task<EventStreamSession> OpenAsync(UpstreamClient upstream, ServeOptions options, ReadOnlyMemory<byte> parameters, CancellationToken ct)
    {
        var session = await ConnectAsync(upstream, options, ct);
        try
        {
            var id = "0"u8.ToArray();
            var call = JsonRpcWriter.Call(id, McpMethods.Initialize, writer => writer.WriteRawValue(parameters.Span, skipInputValidation: true));
            await foreach (var part in session.RequestAsync(call, id, ct))
            {
                session.ServerResult = JsonText.Member(part, "result");
            }

            if (session.ServerResult.IsEmpty)
            {
                throw new ServerSessionException("the server refuses initialize");
            }

            await session.PostAsync(JsonRpcWriter.Call(default, McpMethods.Initialized), ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id, [EnumeratorCancellation] CancellationToken ct)
    {
        var parts = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();
        var key = Key(id);
        if (!_pending.TryAdd(key, parts))
        {
            throw new ServerSessionException("a request of this id is still being answered");
        }

        try
        {
            _order.Enqueue(key);
            if (_reading.IsCompleted)
            {
                throw new ServerSessionException("the server ended the stream", StatusCodes.Status404NotFound);
            }

            await PostAsync(message, ct);
            await foreach (var part in parts.Reader.ReadAllAsync(ct))
            {
                yield return part;
                if (EventMessages.Answers(part, id))
                {
                    yield break;
                }
            }

            throw new ServerSessionException("the server ended the stream without an answer");
        }
        finally
        {
            _pending.TryRemove(key, out _);
        }
    }

    /// <inheritdoc/>
    public async Task PostAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, await _endpoint.Task.WaitAsync(ct)) { Content = new ReadOnlyMemoryContent(message) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await _upstream.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode)
            {
                throw new ServerSessionException($"the server answered {(int)response.StatusCode}", (int)response.StatusCode);
            }
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException)
        {
            throw new ServerSessionException($"the server cannot be reached: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ListenAsync(CancellationToken ct) => _unasked.Reader.ReadAllAsync(ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _upstream.Address);
            request.Headers.TryAddWithoutValidation("Accept", SseWriter.ContentType);
            using var response = await _upstream.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != SseWriter.ContentType)
            {
                throw new ServerSessionException($"the server answered {(int)response.StatusCode} and no stream", (int)response.StatusCode);
            }

            await using var body = await response.Content.ReadAsStreamAsync(ct);
            await foreach (var sent in EventMessages.ReadAsync(body, _limits, ct))
            {
                if (sent.Type == "endpoint")
                {
                    _endpoint.TrySetResult(Endpoint(Encoding.UTF8.GetString(sent.Data.Span)));
                }
                else if (EventMessages.Message(sent.Data, _limits) is { } message)
                {
                    Deliver(message);
                }
            }

            _endpoint.TrySetException(new ServerSessionException("the server ended the stream"));
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException or OperationCanceledException or ServerSessionException or FormatException)
        {
            _endpoint.TrySetException(e as ServerSessionException ?? new ServerSessionException($"the server cannot be reached: {e.Message}"));
        }
        finally
        {
            _unasked.Writer.TryComplete();
            foreach (var parts in _pending.Values)
            {
                parts.Writer.TryComplete();
            }
        }
    }

    /// <summary>The address to post to: the server's own. One that leads elsewhere would make us call for it.</summary>
    private Uri Endpoint(string text) =>
        Uri.TryCreate(_upstream.Address, text, out var endpoint) && endpoint.GetLeftPart(UriPartial.Authority) == _upstream.Address.GetLeftPart(UriPartial.Authority)
            ? endpoint
            : throw new ServerSessionException("the server names an address that is not its own");

    private void Deliver(ReadOnlyMemory<byte> message)
    {
        var isAnswer = JsonText.Member(message, "method").IsEmpty;
        if (isAnswer)
        {
            if (_pending.TryGetValue(Key(JsonText.Member(message, "id")), out var parts))
            {
                parts.Writer.TryWrite(message);
            }

            return;
        }

        // Nothing says to which request it belongs; while one waits, its caller listens for sure.
        while (_order.TryPeek(out var oldest))
        {
            if (_pending.TryGetValue(oldest, out var parts) && parts.Writer.TryWrite(message))
            {
                return;
            }

            _order.TryDequeue(out _);
        }

        _unasked.Writer.TryWrite(message);
    }

    private static string Key(ReadOnlyMemory<byte> id) => JsonText.Unquote(id) is { } text ? "s" + text : Encoding.UTF8.GetString(id.Span);
}
