using System.Text.Json;
using McpOperator.Api;
using McpOperator.Protocol;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Upstream;

/// <summary>
/// The proxy as a client of its own server: finds out what it speaks, reads all of its tools, and reads them again whenever somebody saw that
/// they are others. Only after that are clients let in.
/// </summary>
internal sealed class ServerProbe(UpstreamClient upstream, ServeOptions options, ServerState server, SurfaceWatch surface, PolicyStore policies, TimeProvider time, ILogger<ServerProbe> log)
    : BackgroundService
{
    private const int MostPages = 1000;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _stale = new(0, 1);

    /// <summary>Why the server has not completed a handshake yet; nothing when it has.</summary>
    public string? Problem { get; private set; } = "not asked yet";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        surface.Stale += MarkStale;
        policies.Applied += surface.JudgeAll;
        var pause = FirstPause;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await LookAsync(stoppingToken);
                    pause = FirstPause;
                }
                catch (Exception e) when (e is ServerSessionException or JsonException or InvalidOperationException or FormatException or IOException)
                {
                    if (Problem != e.Message)
                    {
                        log.LogInformation("The server has not completed a handshake; trying again: {Problem}", e.Message);
                    }

                    Problem = e.Message;
                    await Task.Delay(pause, time, stoppingToken);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            surface.Stale -= MarkStale;
            policies.Applied -= surface.JudgeAll;
        }
    }

    /// <summary>Asks once, and stays until it is time to ask again.</summary>
    private async Task LookAsync(CancellationToken ct)
    {
        var (session, profile) = await OpenAsync(ct);
        await using (session)
        {
            surface.Observe(await ToolsAsync(session, ct), policies.Current);
            if (server.Profile is null)
            {
                log.LogInformation("The server is ready: {Profile}, {Tools} tools", profile, surface.Current!.Tools.Count);
            }

            (server.Profile, Problem) = (profile, null);
            if (KeepsSession(session))
            {
                await StayAsync(session, ct);
                return;
            }
        }

        await _stale.WaitAsync(ct);
    }

    /// <summary>Waits for a change that the server tells this session or that somebody else saw.</summary>
    private async Task StayAsync(IServerSession session, CancellationToken ct)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = ListenAsync(session, leave.Token);
        var stale = _stale.WaitAsync(leave.Token);
        await Task.WhenAny(listening, stale);
        if (listening.IsCompleted && !stale.IsCompleted)
        {
            // No stream (any more): what others see has to do. A stream that ended may only have been too old.
            await Task.WhenAny(stale, Task.Delay(await listening ? TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan, time, leave.Token));
        }

        await leave.CancelAsync();
        await Task.WhenAll(listening, stale).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    /// <returns>Whether there was a stream.</returns>
    private async Task<bool> ListenAsync(IServerSession session, CancellationToken ct)
    {
        var any = false;
        try
        {
            await foreach (var message in session.ListenAsync(ct))
            {
                any = true;
                if (JsonText.Unquote(JsonText.Member(message, "method")) == McpMethods.ToolsListChanged)
                {
                    MarkStale();
                }
            }
        }
        catch (Exception e) when (e is ServerSessionException or IOException or HttpRequestException or OperationCanceledException)
        {
            log.LogDebug("The server's stream ended: {Problem}", e.Message);
        }

        return any;
    }

    private async Task<(IServerSession Session, ServerProfile Profile)> OpenAsync(CancellationToken ct)
    {
        if (options.Transport == UpstreamTransport.Sse)
        {
            var old = await EventStreamSession.OpenAsync(upstream, options, Parameters(ProtocolRevision.V20241105), ct);
            return (old, new() { Transport = UpstreamTransport.Sse, Handshake = Agreed(old) ?? ProtocolRevision.V20241105, HandshakeResult = old.ServerResult });
        }

        StreamableSession? withHandshake = null;
        try
        {
            withHandshake = await StreamableSession.OpenAsync(upstream, options, Parameters(ProtocolRevision.LatestWithHandshake), ct);
        }
        catch (ServerSessionException e) when (e.Status is not 0 and < 500)
        {
            log.LogDebug("The server refuses a handshake: {Problem}", e.Message);
        }

        StreamableSession? stateless = null;
        try
        {
            stateless = await StreamableSession.DiscoverAsync(upstream, options, ct);
        }
        catch (ServerSessionException e) when (withHandshake is not null)
        {
            log.LogDebug("The server speaks no 2026-07-28: {Problem}", e.Message);
        }

        return (withHandshake ?? stateless!, new()
        {
            Transport = UpstreamTransport.StreamableHttp,
            Handshake = withHandshake is null ? null : Agreed(withHandshake) ?? ProtocolRevision.Assumed,
            HandshakeResult = withHandshake?.ServerResult ?? default,
            IsStateless = stateless is not null,
            StatelessRevisions = stateless is null ? [] : [.. JsonText.Items(JsonText.Member(stateless.ServerResult, "supportedVersions")).Select(JsonText.Unquote).OfType<string>()],
        });
    }

    private static ProtocolRevision? Agreed(IServerSession session) => ProtocolRevision.Of(JsonText.Unquote(JsonText.Member(session.ServerResult, McpParams.ProtocolVersion)));

    private static byte[] Parameters(ProtocolRevision revision)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString(McpParams.ProtocolVersion, revision.Name);
            writer.WriteStartObject(McpParams.Capabilities);
            writer.WriteEndObject();
            writer.WritePropertyName(McpParams.ClientInfo);
            StatelessCalls.OwnInfo(writer);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>All pages of the list.</summary>
    private static async Task<List<ToolDefinition>> ToolsAsync(IServerSession session, CancellationToken ct)
    {
        var tools = new List<ToolDefinition>();
        if (JsonText.Member(JsonText.Member(session.ServerResult, "capabilities"), "tools").IsEmpty)
        {
            return tools;
        }

        var (cursor, cursors) = ((string?)null, new HashSet<string>(StringComparer.Ordinal));
        for (var page = 1; page <= MostPages; page++)
        {
            var id = System.Text.Encoding.UTF8.GetBytes(page.ToString());
            ReadOnlyMemory<byte> result = default;
            await foreach (var part in session.RequestAsync(ListCall(id, cursor, isStateless: session.ServerResult is var r && !JsonText.Member(r, "supportedVersions").IsEmpty), id, ct))
            {
                result = JsonText.Member(part, "result");
            }

            if (!JsonText.IsArray(JsonText.Member(result, "tools")))
            {
                throw new ServerSessionException("the server answers tools/list without tools");
            }

            tools.AddRange(ToolDefinition.AllOf(result));
            cursor = JsonText.Unquote(JsonText.Member(result, "nextCursor"));
            if (cursor is null)
            {
                return tools;
            }

            if (!cursors.Add(cursor))
            {
                throw new ServerSessionException("the server's list of tools goes round in circles");
            }
        }

        throw new ServerSessionException($"the server's list of tools has more than {MostPages} pages");
    }

    private static byte[] ListCall(ReadOnlyMemory<byte> id, string? cursor, bool isStateless)
    {
        var call = JsonRpcWriter.Call(id, McpMethods.ToolsList, isStateless ? StatelessCalls.OwnParameters : static writer => { writer.WriteStartObject(); writer.WriteEndObject(); });
        return cursor is null
            ? call
            : JsonObjectText.Set(call, "params", JsonObjectText.Set(JsonText.Member(call, "params"), McpParams.Cursor, JsonObjectText.Quote(cursor))).ToArray();
    }

    /// <summary>
    /// Whether to stay connected, to be told of changes. Not with a bridge: it runs a process for each session, and what the process of our
    /// session says does not speak for those of others.
    /// </summary>
    private bool KeepsSession(IServerSession session) =>
        options.Upstream.Port != Ports.Bridge
        && JsonText.Member(JsonText.Member(JsonText.Member(session.ServerResult, "capabilities"), "tools"), "listChanged").Span.SequenceEqual("true"u8);

    private void MarkStale()
    {
        try
        {
            _stale.Release();
        }
        catch (SemaphoreFullException)
        {
            // Known already.
        }
    }
}
