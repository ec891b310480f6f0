using McpOperator.Policy;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Turns away web pages that have no business here (MCP 2025-11-25, Transports, "Security Warning"): a page can make a browser call an
/// address of its choice, also one whose name it has rebound to ours. Allowed are pages of the server's own URL, those that are listed,
/// and pages of this machine calling this machine.
/// </summary>
internal sealed class OriginStage(ServeOptions options) : IStage
{
    private readonly HashSet<string> _allowed = new(options.AllowedOrigins.Select(origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var origins = exchange.Http.Request.Headers.Origin;
        if (origins.Count == 0)
        {
            return default;
        }

        var origin = origins.ToString();
        return origins.Count == 1 && IsAllowed(origin, exchange) ? default : new(Refusals.OriginNotAllowed(origin.Length <= 200 ? origin : origin[..200]));
    }

    private bool IsAllowed(string origin, Exchange exchange) =>
        _allowed.Contains(origin)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && (IsOwn(page, exchange) || (IsThisMachine(page.IdnHost) && IsThisMachine(exchange.Http.Request.Host.Host))));

    private static bool IsOwn(Uri page, Exchange exchange) =>
        exchange.HasPolicy
        && Uri.TryCreate(exchange.Policy.Document.Auth.ResourceUrl, UriKind.Absolute, out var own)
        && page.GetLeftPart(UriPartial.Authority).Equals(own.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    private static bool IsThisMachine(string host) => host is "localhost" or "127.0.0.1" or "[::1]" or "::1";
}
