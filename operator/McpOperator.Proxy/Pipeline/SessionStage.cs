using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Translation;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Opens the session id that the client presents. One that none of our keys made, one of somebody else, and one that has come to the wrong
/// pod twice are all the same to its bearer: there is no such session.
/// </summary>
internal sealed class SessionStage(SessionSeal seal, PodAddress pod) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => new(Run(exchange));

    /// <summary>The id that the client presents, and what it has to be.</summary>
    private static (string? Id, Func<SessionKind, bool> IsTicket) Presented(Exchange exchange)
    {
        var request = exchange.Http.Request;
        if (exchange.IsEventStream)
        {
            return (HttpMethods.IsPost(request.Method) ? request.Query[EventStreamFront.SessionParameter].ToString() : null, kind => kind == SessionKind.EventStream);
        }

        // Without sessions there is none to find; an id of an earlier revision is passed over (2026-07-28, "Earlier Streamable HTTP Revisions").
        if (exchange.Revision.IsStateless)
        {
            return (JsonText.Unquote(JsonText.Member(exchange.Message?.Params ?? default, McpParams.RequestState)), kind => kind == SessionKind.Waiting);
        }

        var header = request.Headers[McpHeaders.SessionId];
        return (header.Count == 0 ? null : header.ToString(), kind => kind is SessionKind.PassedThrough or SessionKind.Translated);
    }

    private Denial? Run(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var (id, isTicket) = Presented(exchange);
        if (id is null)
        {
            return null;
        }

        if (seal.Open(id) is not { } ticket || !isTicket(ticket.Kind))
        {
            // What a stateless client sends back is its server's own, unless we made it.
            return exchange.Revision.IsStateless ? null : Refusals.SessionNotFound;
        }

        if (ticket.Owner != SessionOwner.Of(exchange.Caller))
        {
            return Refusals.SessionNotFound;
        }

        exchange.Session = ticket;
        if (ticket.Pod != pod.Text)
        {
            exchange.OtherPod = ticket.Pod;
            return PodHop.HasHopped(request) ? Refusals.SessionNotFound : null;
        }

        var agreed = ProtocolRevision.Of(ticket.Revision);
        if (request.Headers[McpHeaders.ProtocolVersion].Count == 0 && agreed is not null)
        {
            exchange.Revision = agreed;
        }

        return exchange.Body.IsBatch && !exchange.Revision.HasBatches
            ? Refusals.Malformed(new(JsonRpcErrors.InvalidRequest, $"batches are not part of revision {exchange.Revision}; send one message at a time"))
            : null;
    }
}
