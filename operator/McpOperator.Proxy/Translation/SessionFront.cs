using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>
/// Streamable HTTP with a handshake and a session (2025-03-26 to 2025-11-25) for a server that speaks HTTP+SSE, or has neither handshake nor
/// session (2026-07-28).
/// </summary>
internal sealed class SessionFront(KeptSessions sessions, ServerSessions servers, SessionSeal seal, PodAddress pod, MessageFilter filter, TimeProvider time)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>Answers a request.</summary>
    public async Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        if (exchange.Asks(McpMethods.Initialize))
        {
            return await OpenAsync(exchange, ct);
        }

        if (sessions.Find(exchange) is not { Server: { } server } session)
        {
            return exchange.Session is null ? Refusals.SessionMissing : Refusals.SessionNotFound;
        }

        using var use = session.Begin();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, session.Ended);
        switch (exchange.Http.Request.Method)
        {
            case "DELETE":
                await sessions.RemoveAsync(session);
                return null;
            case "GET":
                return await ListenAsync(exchange, session, server, end.Token);
            default:
                return await PostAsync(exchange, server, end.Token);
        }
    }

    private async Task<Denial?> OpenAsync(Exchange exchange, CancellationToken ct)
    {
        if (exchange.Message is not { } request)
        {
            return Refusals.Malformed(new(JsonRpcErrors.InvalidRequest, "initialize stands alone, not in a batch"));
        }

        if (sessions.Add(exchange.Caller) is not { } session)
        {
            return Refusals.TooManySessions;
        }

        try
        {
            session.Server = await servers.OpenAsync(request.Params, ct);
        }
        catch
        {
            await sessions.RemoveAsync(session);
            throw;
        }

        exchange.Http.Response.Headers[McpHeaders.SessionId] = seal.Seal(new()
        {
            Pod = pod.Text,
            Upstream = session.Id,
            Owner = session.Owner,
            Kind = SessionKind.Translated,
            Revision = JsonText.Unquote(JsonText.Member(session.Server.ServerResult, McpParams.ProtocolVersion)),
        });
        var answer = JsonRpcWriter.Result(request.Id, writer => writer.WriteRawValue(session.Server.ServerResult.Span, skipInputValidation: true));
        await new ReplyWriter(exchange.Http.Response).EndAsync(answer, StatusCodes.Status200OK, ct);
        return null;
    }

    private async Task<Denial?> PostAsync(Exchange exchange, IServerSession server, CancellationToken ct)
    {
        if (exchange.Body.IsBatch)
        {
            return await BatchAsync(exchange, server, ct);
        }

        var (message, payload) = (exchange.Message!, JsonText.Trim(exchange.Payload));
        if (message.Kind != MessageKind.Request)
        {
            // The handshake has been completed already.
            if (message.Method != McpMethods.Initialized)
            {
                await server.PostAsync(payload, ct);
            }

            exchange.Http.Response.StatusCode = StatusCodes.Status202Accepted;
            return null;
        }

        var reply = new ReplyWriter(exchange.Http.Response);
        await foreach (var part in server.RequestAsync(payload, message.Id, ct))
        {
            var shown = filter.Shown(exchange, part);
            await (EventMessages.Answers(part, message.Id) ? reply.EndAsync(shown, StatusCodes.Status200OK, ct) : reply.WriteAsync(shown, ct));
        }

        return null;
    }

    /// <summary>One after the other: the server has no batches.</summary>
    private async Task<Denial?> BatchAsync(Exchange exchange, IServerSession server, CancellationToken ct)
    {
        using var answers = new MemoryStream();
        foreach (var (message, text) in exchange.Body.Messages.Zip(JsonText.Items(JsonText.Trim(exchange.Payload))))
        {
            if (message.Kind != MessageKind.Request)
            {
                await server.PostAsync(text, ct);
                continue;
            }

            await foreach (var part in server.RequestAsync(text, message.Id, ct))
            {
                if (EventMessages.Answers(part, message.Id))
                {
                    answers.WriteByte(answers.Length == 0 ? (byte)'[' : (byte)',');
                    answers.Write(filter.Shown(exchange, part).Span);
                }
            }
        }

        if (answers.Length == 0)
        {
            exchange.Http.Response.StatusCode = StatusCodes.Status202Accepted;
            return null;
        }

        answers.WriteByte((byte)']');
        await new ReplyWriter(exchange.Http.Response).EndAsync(answers.ToArray(), StatusCodes.Status200OK, ct);
        return null;
    }

    private async Task<Denial?> ListenAsync(Exchange exchange, KeptSession session, IServerSession server, CancellationToken ct)
    {
        if (!session.TryListen())
        {
            return Refusals.StreamTaken;
        }

        try
        {
            var reply = new ReplyWriter(exchange.Http.Response);
            await reply.StartStreamAsync(ct);
            await foreach (var message in server.ListenAsync(ct).WithKeepAlive(KeepAlive, time, ct))
            {
                await (message.IsEmpty ? reply.KeepAliveAsync(ct) : reply.SendAsync(filter.Shown(exchange, message), ct));
            }

            return null;
        }
        finally
        {
            session.StopListening();
        }
    }
}
