using System.Text;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>HTTP+SSE (2024-11-05): one stream for everything that the client reads, and a second address to which it posts.</summary>
internal sealed class EventStreamFront(KeptSessions sessions, ServerSessions servers, SessionSeal seal, PodAddress pod, MessageFilter filter, TimeProvider time, ILogger<EventStreamFront> log)
{
    /// <summary>The parameter that carries the sealed session in the address to post to.</summary>
    public const string SessionParameter = "session";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>Answers the GET that opens the stream.</summary>
    public async Task<Denial?> StreamAsync(Exchange exchange, CancellationToken ct)
    {
        if (sessions.Add(exchange.Caller) is not { } session)
        {
            return Refusals.TooManySessions;
        }

        try
        {
            using var use = session.Begin();
            var reply = new ReplyWriter(exchange.Http.Response);
            await reply.StartStreamAsync(ct);
            var ticket = seal.Seal(new() { Pod = pod.Text, Upstream = session.Id, Owner = session.Owner, Kind = SessionKind.EventStream });
            // Relative: a gateway may have put something before our paths.
            await reply.SendAsync(Encoding.UTF8.GetBytes($"{ProxyPaths.Messages[1..]}?{SessionParameter}={ticket}"), ct, "endpoint");
            await foreach (var message in session.Out.Reader.ReadAllAsync(ct).WithKeepAlive(KeepAlive, time, ct))
            {
                await (message.IsEmpty ? reply.KeepAliveAsync(ct) : reply.SendAsync(message, ct));
            }

            return null;
        }
        finally
        {
            await sessions.RemoveAsync(session);
        }
    }

    /// <summary>Answers a POST: what comes of it goes out on the stream.</summary>
    public async Task<Denial?> PostAsync(Exchange exchange, CancellationToken ct)
    {
        if (sessions.Find(exchange) is not { } session)
        {
            return Refusals.SessionNotFound;
        }

        if (exchange.Message is not { } message)
        {
            return Refusals.Malformed(new(JsonRpcErrors.InvalidRequest, "batches are not part of revision 2024-11-05; send one message at a time"));
        }

        using var use = session.Begin();
        if (message.IsRequest(McpMethods.Initialize))
        {
            // Later ones wait for it, as they came after it.
            session.Server ??= await servers.OpenAsync(message.Params, ct);
            _ = ListenAsync(exchange, session, session.Server);
            await SendAsync(session, JsonRpcWriter.Result(message.Id, writer => writer.WriteRawValue(session.Server.ServerResult.Span, skipInputValidation: true)));
        }
        else if (session.Server is not { } server)
        {
            return Refusals.Malformed(new(JsonRpcErrors.InvalidRequest, "send initialize first"));
        }
        else if (message.Kind == MessageKind.Request)
        {
            _ = AnswerAsync(exchange, session, server, message.Id);
        }
        else if (message.Method != McpMethods.Initialized)
        {
            await server.PostAsync(JsonText.Trim(exchange.Payload), ct);
        }

        exchange.Http.Response.StatusCode = StatusCodes.Status202Accepted;
        return null;
    }

    /// <summary>Answers a refusal that the client has to read on its stream.</summary>
    /// <returns>Whether there is such a stream.</returns>
    public async Task<bool> RefuseAsync(Exchange exchange, byte[] message)
    {
        if (sessions.Find(exchange) is not { } session)
        {
            return false;
        }

        await SendAsync(session, message);
        exchange.Http.Response.StatusCode = StatusCodes.Status202Accepted;
        return true;
    }

    private async Task AnswerAsync(Exchange exchange, KeptSession session, IServerSession server, ReadOnlyMemory<byte> id)
    {
        using var use = session.Begin();
        try
        {
            await foreach (var part in server.RequestAsync(JsonText.Trim(exchange.Payload), id, session.Ended))
            {
                await SendAsync(session, filter.Shown(exchange, part));
            }
        }
        catch (ServerSessionException e)
        {
            var failed = Refusals.UpstreamFailed;
            log.LogDebug("A request failed: {Problem}", e.Message);
            await SendAsync(session, JsonRpcWriter.Error(id, failed.Code, failed.Message));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Threading.Channels.ChannelClosedException)
        {
            // The session has ended.
        }
    }

    private async Task ListenAsync(Exchange exchange, KeptSession session, IServerSession server)
    {
        try
        {
            await foreach (var message in server.ListenAsync(session.Ended))
            {
                await SendAsync(session, filter.Shown(exchange, message));
            }
        }
        catch (Exception e) when (e is ServerSessionException or OperationCanceledException or IOException or System.Threading.Channels.ChannelClosedException)
        {
            log.LogDebug("The server's stream ended: {Problem}", e.Message);
        }
    }

    /// <summary>Waits while the client reads too slowly, rather than lose anything.</summary>
    private static async Task SendAsync(KeptSession session, ReadOnlyMemory<byte> message)
    {
        try
        {
            await session.Out.Writer.WriteAsync(message, session.Ended);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            // The client has hung up.
        }
    }
}
