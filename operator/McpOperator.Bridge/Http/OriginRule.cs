using System.Net;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>
/// Keeps web pages out (MCP 2025-11-25, Transports, "Security Warning"): a page in somebody's browser could otherwise reach a server on
/// that machine, under the page's own host name even (DNS rebinding).
/// </summary>
internal sealed class OriginRule(BridgeOptions options)
{
    private readonly bool _onlyThisMachine = IPAddress.IsLoopback(options.Listen.Address);

    /// <summary>Why a request is refused; nothing when it is not.</summary>
    public string? Refuses(HttpRequest request)
    {
        if (_onlyThisMachine && !IsThisMachine(request.Host.Host))
        {
            return "the bridge listens to this machine only; call it as localhost or 127.0.0.1";
        }

        var origin = request.Headers.Origin;
        if (origin.Count == 0
            || (origin.Count == 1 && options.AllowedOrigins.Contains(origin[0], StringComparer.OrdinalIgnoreCase))
            || (origin.Count == 1 && _onlyThisMachine && Uri.TryCreate(origin[0], UriKind.Absolute, out var page) && IsThisMachine(page.Host)))
        {
            return null;
        }

        return "web pages of this origin may not call; name it by --allowed-origin if they should";
    }

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
