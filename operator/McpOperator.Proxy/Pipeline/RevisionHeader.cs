using McpOperator.Policy;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Pipeline;

/// <summary>The protocol revision that a client names (MCP 2025-06-18, Transports, "Protocol Version Header").</summary>
internal static class RevisionHeader
{
    /// <summary>Notes the revision.</summary>
    /// <returns>Why the request is refused: a revision that we do not know could have messages that mean something else.</returns>
    public static Denial? Read(Exchange exchange)
    {
        var header = exchange.Http.Request.Headers[McpHeaders.ProtocolVersion];
        if (header.Count == 0)
        {
            return null;
        }

        if (header.Count > 1)
        {
            return Refusals.BadHeader($"{McpHeaders.ProtocolVersion} stands twice.");
        }

        if (ProtocolRevision.Of(header.ToString()) is not { } revision)
        {
            return Refusals.UnsupportedRevision;
        }

        exchange.Revision = revision;
        return null;
    }
}
