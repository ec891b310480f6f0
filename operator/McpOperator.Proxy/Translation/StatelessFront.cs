using System.Security.Cryptography;
using System.Text;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>
/// 2026-07-28, which has neither handshake nor session, for a server that wants both. Each request gets a session of its own for as long as it
/// takes. What the server asks of the client becomes an answer that asks for input, and the client's retry brings it to where the server waits.
/// </summary>
internal sealed class StatelessFront(
    SessionPool pool, ServerSessions servers, ServerState server, WaitingRequests waiting, SessionSeal seal, PodAddress pod, MessageFilter filter)
{
    private static readonly HashSet<string> MayAsk = [McpMethods.ToolsCall, McpMethods.PromptsGet, McpMethods.ResourcesRead];
    private static readonly HashSet<string> Gone = [McpMethods.Initialize, McpMethods.Ping, McpMethods.SetLevel, McpMethods.ResourcesSubscribe, McpMethods.ResourcesUnsubscribe];

    /// <summary>Answers a request.</summary>
    public async Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        if (exchange.Message is not { } message || exchange.Body.IsBatch)
        {
            return Refusals.MethodNotAllowed;
        }

        if (message.Kind != MessageKind.Request)
        {
            // This revision has no notifications of clients over HTTP; hanging up is what cancels.
            exchange.Http.Response.StatusCode = StatusCodes.Status202Accepted;
            return null;
        }

        if (Gone.Contains(message.Method!))
        {
            return Refusals.MethodUnknown(message.Method);
        }

        var meta = JsonText.Member(message.Params, McpParams.Meta);
        if (!JsonText.IsObject(JsonText.Member(meta, McpMeta.ClientCapabilities)))
        {
            return Refusals.MissingMeta(McpMeta.ClientCapabilities);
        }

        if (message.Method == McpMethods.Discover)
        {
            var discovered = StatelessMessages.Discovered(message.Id, server.Profile!.HandshakeResult, servers.Revision);
            await new ReplyWriter(exchange.Http.Response).EndAsync(discovered, StatusCodes.Status200OK, ct);
            return null;
        }

        return message.Method == McpMethods.Listen ? await ListenAsync(exchange, message, meta, ct)
            : exchange.Session is { } ticket ? await RetryAsync(exchange, message, ticket, ct)
            : await BeginAsync(exchange, message, meta, ct);
    }

    private async Task<Denial?> BeginAsync(Exchange exchange, JsonRpcMessage message, ReadOnlyMemory<byte> meta, CancellationToken ct)
    {
        var handshake = StatelessMessages.Handshake(meta, servers.Revision);
        var key = PoolKey(exchange, handshake);
        var session = await pool.TakeAsync(key, handshake, ct);
        // What the server waits for may outlive this request, so its end is not this request's.
        var end = new CancellationTokenSource();
        var payload = StatelessMessages.WithoutClient(JsonText.Trim(exchange.Payload));
        var request = new WaitingRequest(session, session.RequestAsync(payload, message.Id, end.Token).GetAsyncEnumerator(end.Token), end, key, WaitingRequest.DigestOf(exchange.Payload)) { Id = message.Id };
        try
        {
            await SetLevelAsync(session, meta, ct);
        }
        catch
        {
            await request.DisposeAsync();
            throw;
        }

        return await GoOnAsync(exchange, message, meta, request, ct);
    }

    private async Task<Denial?> RetryAsync(Exchange exchange, JsonRpcMessage message, SessionTicket ticket, CancellationToken ct)
    {
        if (waiting.Take(ticket.Upstream) is not { } request)
        {
            return Refusals.StateExpired;
        }

        if (!request.Digest.AsSpan().SequenceEqual(WaitingRequest.DigestOf(exchange.Payload)))
        {
            await request.DisposeAsync();
            return Refusals.StateExpired;
        }

        var responses = JsonText.Member(message.Params, McpParams.InputResponses);
        try
        {
            foreach (var asked in request.Open.ToList())
            {
                if (JsonText.Member(responses, StatelessMessages.KeyOf(asked)) is { IsEmpty: false } response)
                {
                    await request.Server.PostAsync(JsonRpcWriter.Result(JsonText.Member(asked, "id"), writer => writer.WriteRawValue(response.Span, skipInputValidation: true)), ct);
                    request.Open.Remove(asked);
                }
            }
        }
        catch
        {
            await request.DisposeAsync();
            throw;
        }

        return request.Open.Count > 0
            ? await AskAsync(exchange, message, request, new ReplyWriter(exchange.Http.Response), ct)
            : await GoOnAsync(exchange, message, JsonText.Member(message.Params, McpParams.Meta), request, ct);
    }

    /// <summary>Passes on what comes until the answer, or until the server asks for something.</summary>
    private async Task<Denial?> GoOnAsync(Exchange exchange, JsonRpcMessage message, ReadOnlyMemory<byte> meta, WaitingRequest request, CancellationToken ct)
    {
        var reply = new ReplyWriter(exchange.Http.Response);
        var isKept = false;
        try
        {
            await using var hangUp = ct.Register(static end => ((CancellationTokenSource)end!).Cancel(), request.End);
            while (await request.Parts.MoveNextAsync())
            {
                var part = request.Parts.Current;
                if (EventMessages.Answers(part, request.Id))
                {
                    await AnswerAsync(exchange, message, request, part, reply, ct);
                    isKept = true;
                    await request.Parts.DisposeAsync();
                    await pool.GiveBackAsync(request.PoolKey, request.Server);
                    return null;
                }

                if (JsonText.Member(part, "id").IsEmpty)
                {
                    if (IsWanted(part, meta))
                    {
                        await reply.WriteAsync(filter.Shown(exchange, part), ct);
                    }
                }
                else if (Refusal(part, message, meta) is { } refusal)
                {
                    await request.Server.PostAsync(refusal, ct);
                }
                else
                {
                    request.Open.Add(part);
                    isKept = true;
                    return await AskAsync(exchange, message, request, reply, ct);
                }
            }

            return Refusals.UpstreamFailed;
        }
        finally
        {
            if (!isKept)
            {
                await request.DisposeAsync();
            }
        }
    }

    private async Task AnswerAsync(Exchange exchange, JsonRpcMessage message, WaitingRequest request, ReadOnlyMemory<byte> part, ReplyWriter reply, CancellationToken ct)
    {
        // A retry has another id than the request that the server answers.
        var answer = JsonObjectText.Set(filter.Shown(exchange, part), "id", message.Id);
        var isUnknown = JsonText.Member(JsonText.Member(answer, "error"), "code").Span.SequenceEqual("-32601"u8);
        var info = JsonText.Member(request.Server.ServerResult, "serverInfo");
        await reply.EndAsync(StatelessMessages.Answer(answer, message.Method!, info), isUnknown ? StatusCodes.Status404NotFound : StatusCodes.Status200OK, ct);
    }

    /// <summary>Asks the client for input, and keeps the request until it comes back.</summary>
    private async Task<Denial?> AskAsync(Exchange exchange, JsonRpcMessage message, WaitingRequest request, ReplyWriter reply, CancellationToken ct)
    {
        if (waiting.Add(request) is not { } key)
        {
            await request.DisposeAsync();
            return Refusals.TooManySessions;
        }

        var state = seal.Seal(new() { Pod = pod.Text, Upstream = key, Owner = SessionOwner.Of(exchange.Caller), Kind = SessionKind.Waiting });
        await reply.EndAsync(StatelessMessages.InputRequired(message.Id, request.Open, state), StatusCodes.Status200OK, ct);
        return null;
    }

    private async Task<Denial?> ListenAsync(Exchange exchange, JsonRpcMessage message, ReadOnlyMemory<byte> meta, CancellationToken ct)
    {
        await using var session = await servers.OpenAsync(StatelessMessages.Handshake(meta, servers.Revision), ct);
        var wanted = SubscriptionFilter.Of(JsonText.Member(message.Params, "notifications"), JsonText.Member(session.ServerResult, McpParams.Capabilities));
        foreach (var (uri, i) in wanted.Resources.Select((uri, i) => (uri, i)))
        {
            var id = Encoding.UTF8.GetBytes($"\"mcp-proxy-subscribe-{i}\"");
            var call = JsonRpcWriter.Call(id, McpMethods.ResourcesSubscribe, writer => { writer.WriteStartObject(); writer.WriteString(McpParams.Uri, uri); writer.WriteEndObject(); });
            await foreach (var _ in session.RequestAsync(call, id, ct))
            {
                // Whether the server could is seen by whether it tells.
            }
        }

        var reply = new ReplyWriter(exchange.Http.Response);
        await reply.WriteAsync(StatelessMessages.OnStream(wanted.Acknowledgement(), message.Id), ct);
        await foreach (var part in session.ListenAsync(ct).WithKeepAlive(TimeSpan.FromSeconds(15), TimeProvider.System, ct))
        {
            if (part.IsEmpty)
            {
                await reply.KeepAliveAsync(ct);
            }
            else if (wanted.Includes(part))
            {
                await reply.SendAsync(StatelessMessages.OnStream(filter.Shown(exchange, part), message.Id), ct);
            }
        }

        return null;
    }

    private static async Task SetLevelAsync(IServerSession session, ReadOnlyMemory<byte> meta, CancellationToken ct)
    {
        if (JsonText.Unquote(JsonText.Member(meta, McpMeta.LogLevel)) is not { } level || JsonText.Member(JsonText.Member(session.ServerResult, McpParams.Capabilities), "logging").IsEmpty)
        {
            return;
        }

        var id = "\"mcp-proxy-level\""u8.ToArray();
        await foreach (var _ in session.RequestAsync(JsonRpcWriter.Call(id, McpMethods.SetLevel, writer => { writer.WriteStartObject(); writer.WriteString("level", level); writer.WriteEndObject(); }), id, ct))
        {
            // A server that knows no such level goes on with its own.
        }
    }

    /// <summary>Log messages only where asked for, progress always; changes have streams of their own.</summary>
    private static bool IsWanted(ReadOnlyMemory<byte> notification, ReadOnlyMemory<byte> meta) => JsonText.Unquote(JsonText.Member(notification, "method")) switch
    {
        McpMethods.LogMessage => !JsonText.Member(meta, McpMeta.LogLevel).IsEmpty,
        McpMethods.ToolsListChanged or McpMethods.PromptsListChanged or McpMethods.ResourcesListChanged or McpMethods.ResourcesUpdated => false,
        _ => true,
    };

    /// <summary>An answer to a request of the server that the client is not to see; nothing when it is.</summary>
    private static byte[]? Refusal(ReadOnlyMemory<byte> asked, JsonRpcMessage message, ReadOnlyMemory<byte> meta)
    {
        var (id, method) = (JsonText.Member(asked, "id"), JsonText.Unquote(JsonText.Member(asked, "method")));
        if (method == McpMethods.Ping)
        {
            return JsonRpcWriter.Result(id, static writer => { writer.WriteStartObject(); writer.WriteEndObject(); });
        }

        var capability = method switch
        {
            McpMethods.SamplingCreate => "sampling",
            McpMethods.ElicitationCreate => "elicitation",
            McpMethods.RootsList => "roots",
            _ => null,
        };
        var isAllowed = capability is not null && MayAsk.Contains(message.Method!) && !JsonText.Member(JsonText.Member(meta, McpMeta.ClientCapabilities), capability).IsEmpty;
        return isAllowed ? null : JsonRpcWriter.Error(id, JsonRpcErrors.MethodNotFound, "The client cannot do that here.");
    }

    private static string PoolKey(Exchange exchange, byte[] handshake) =>
        SessionOwner.Of(exchange.Caller) is { Length: > 0 } owner ? owner + Convert.ToBase64String(SHA256.HashData(handshake)) : "";
}
