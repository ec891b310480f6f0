using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using McpOperator.Protocol;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Upstream;

/// <summary>A session over streamable HTTP: opened by a handshake (until 2025-11-25), or none at all (2026-07-28).</summary>
internal sealed class StreamableSession : IServerSession
{
    private readonly UpstreamClient _upstream;
    private readonly JsonLimits _limits;
    private string? _id;
    private string? _revision;

    private StreamableSession(UpstreamClient upstream, ServeOptions options) => (_upstream, _limits) = (upstream, AnswerLimits.Of(options));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ServerResult { get; private set; }

    /// <summary>The session's id at the server; nothing when it keeps none.</summary>
    public string? Id => _id;

    /// <summary>Opens a session.</summary>
    /// <param name="upstream">Leads to the server.</param>
    /// <param name="options">How much is read.</param>
    /// <param name="parameters">The parameters of <c>initialize</c>.</param>
    /// <param name="ct">Gives it up.</param>
    /// <exception cref="ServerSessionException">The server refuses it.</exception>
    public static async Task<StreamableSession> OpenAsync(UpstreamClient upstream, ServeOptions options, ReadOnlyMemory<byte> parameters, CancellationToken ct)
    {
        var session = new StreamableSession(upstream, options);
        try
        {
            await session.InitializeAsync(parameters, ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Speaks 2026-07-28 to the server, after asking it what it is.</summary>
    /// <exception cref="ServerSessionException">It does not speak that revision.</exception>
    public static async Task<StreamableSession> DiscoverAsync(UpstreamClient upstream, ServeOptions options, CancellationToken ct)
    {
        var session = new StreamableSession(upstream, options) { _revision = ProtocolRevision.V20260728.Name };
        var answer = await session.AnswerAsync(StatelessCalls.Discover("\"d\""u8.ToArray()), "\"d\""u8.ToArray(), ct);
        var result = JsonText.Member(answer, "result");
        var speaks = JsonText.Member(result, "supportedVersions") is var versions && JsonText.IsArray(versions)
            && JsonText.Items(versions).Any(version => JsonText.Unquote(version) == ProtocolRevision.V20260728.Name);
        session.ServerResult = speaks ? result : throw new ServerSessionException("it does not speak 2026-07-28");
        return session;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id, [EnumeratorCancellation] CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Post, message, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        if (response.Content.Headers.ContentType?.MediaType == SseWriter.ContentType && response.IsSuccessStatusCode)
        {
            await foreach (var sent in EventMessages.ReadAsync(body, _limits, ct))
            {
                if (EventMessages.Message(sent.Data, _limits) is not { } part)
                {
                    continue;
                }

                var isAnswer = EventMessages.Answers(part, id);
                if (isAnswer || !JsonText.Member(part, "method").IsEmpty)
                {
                    yield return part;
                }

                if (isAnswer)
                {
                    yield break;
                }
            }

            throw new ServerSessionException("the server ended the stream without an answer");
        }

        var whole = await Pipeline.RawRelay.ReadAsync(response, _limits.MaxBytes, ct);
        yield return whole is { } text && EventMessages.Message(text, _limits) is { } answer && EventMessages.Answers(answer, id)
            ? answer
            : throw new ServerSessionException($"the server answered {(int)response.StatusCode} without an answer to the request", (int)response.StatusCode);
    }

    /// <inheritdoc/>
    public async Task PostAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Post, message, ct);
        if (!response.IsSuccessStatusCode)
        {
            throw new ServerSessionException($"the server answered {(int)response.StatusCode}", (int)response.StatusCode);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ListenAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Get, default, ct);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != SseWriter.ContentType)
        {
            yield break;
        }

        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var sent in EventMessages.ReadAsync(body, _limits, ct))
        {
            if (EventMessages.Message(sent.Data, _limits) is { } message)
            {
                yield return message;
            }
        }
    }

    /// <summary>Sends a request and waits for its answer alone.</summary>
    /// <exception cref="ServerSessionException">The server refuses it.</exception>
    public async Task<ReadOnlyMemory<byte>> AnswerAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id, CancellationToken ct)
    {
        ReadOnlyMemory<byte> last = default;
        await foreach (var part in RequestAsync(message, id, ct))
        {
            last = part;
        }

        return last;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_id is null)
        {
            return;
        }

        try
        {
            // The server may refuse that (405); a session that nobody uses ends by itself.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            using var response = await SendAsync(HttpMethod.Delete, default, limit.Token);
        }
        catch (Exception e) when (e is ServerSessionException or OperationCanceledException)
        {
            // Gone already.
        }

        _id = null;
    }

    private async Task InitializeAsync(ReadOnlyMemory<byte> parameters, CancellationToken ct)
    {
        var id = "0"u8.ToArray();
        var answer = await AnswerAsync(JsonRpcWriter.Call(id, McpMethods.Initialize, writer => writer.WriteRawValue(parameters.Span, skipInputValidation: true)), id, ct);
        ServerResult = JsonText.Member(answer, "result");
        _revision = JsonText.Unquote(JsonText.Member(ServerResult, McpParams.ProtocolVersion))
            ?? throw new ServerSessionException($"the server refuses initialize: {System.Text.Encoding.UTF8.GetString(JsonText.Member(answer, "error").Span)}", StatusCodes.Status400BadRequest);
        await PostAsync(JsonRpcWriter.Call(default, McpMethods.Initialized), ct);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, _upstream.Address);
        if (method == HttpMethod.Post)
        {
            request.Content = new ReadOnlyMemoryContent(message);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
            StatelessCalls.MirrorBody(request, message, _revision);
        }
        else if (method == HttpMethod.Get)
        {
            request.Headers.TryAddWithoutValidation("Accept", SseWriter.ContentType);
        }

        if (_id is not null)
        {
            request.Headers.TryAddWithoutValidation(McpHeaders.SessionId, _id);
        }

        if (_revision is not null)
        {
            request.Headers.TryAddWithoutValidation(McpHeaders.ProtocolVersion, _revision);
        }

        try
        {
            var response = await _upstream.SendAsync(request, ct);
            if (response.StatusCode == HttpStatusCode.NotFound && _id is not null)
            {
                response.Dispose();
                throw new ServerSessionException("the server has ended the session", StatusCodes.Status404NotFound);
            }

            if (_id is null && response.IsSuccessStatusCode && response.Headers.NonValidated.TryGetValues(McpHeaders.SessionId, out var ids))
            {
                _id = ids.ToString();
            }

            return response;
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException)
        {
            throw new ServerSessionException(e is TimeoutException ? "the server did not answer in time" : $"the server cannot be reached: {e.Message}");
        }
    }
}
