using McpOperator.Policy;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>Says whether client and server speak alike, and if not, who translates.</summary>
internal sealed class Translator(SessionFront sessions, StatelessFront stateless)
{
    /// <summary>Whether the exchange has to be translated.</summary>
    public static bool IsNeeded(Exchange exchange, ServerProfile server) =>
        exchange.Session?.Kind is SessionKind.Translated or SessionKind.Waiting
        || server.Transport == UpstreamTransport.Sse
        || (exchange.Revision.IsStateless ? !server.IsStateless : server.Handshake is null);

    /// <summary>Answers the exchange.</summary>
    /// <returns>Why there is no answer.</returns>
    public Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => exchange.Revision.IsStateless
        ? HttpMethods.IsPost(exchange.Http.Request.Method) ? stateless.RunAsync(exchange, ct) : Task.FromResult<Denial?>(Refusals.MethodNotAllowed)
        : sessions.RunAsync(exchange, ct);
}
