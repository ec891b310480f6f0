using McpOperator.Policy;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// One step on a request's way to the server. The order is: origin, service, parse, identity, session, decision, limit; then it is sent
/// on, and the answer is filtered. A stage that refuses ends the way: whatever comes after it has not seen the request.
/// </summary>
internal interface IStage
{
    /// <summary>Looks at the exchange and notes what it finds.</summary>
    /// <returns>Why the request is refused; nothing when it may go on.</returns>
    ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct);
}
