using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Sessions;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Opens the session id that the client presents. One that none of our keys made, one of somebody else, and one that has come to the wrong
/// pod twice are all the same to its bearer: there is no such session.
/// </summary>
internal sealed class SessionStage(SessionSeal seal, PodAddress pod) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => new(Run(exchange));

    private Denial? Run(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var header = request.Headers[McpHeaders.SessionId];
        // Without sessions there is none to find; an id of an earlier revision is passed over (2026-07-28, "Earlier Streamable HTTP Revisions").
        if (header.Count == 0 || exchange.Revision.IsStateless)
        {
            return null;
        }

        if (header.Count > 1 || seal.Open(header.ToString()) is not { Kind: SessionKind.PassedThrough or SessionKind.Translated } ticket || ticket.Owner != SessionOwner.Of(exchange.Caller))
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
