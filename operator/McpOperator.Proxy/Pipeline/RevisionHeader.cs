using McpOperator.Policy;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Pipeline;

/// <summary>The protocol revision that a client names (MCP 2025-06-18, Transports, "Protocol Version Header").</summary>
internal static class RevisionHeader
{
    /// <summary>Notes the revision.</summary>
    /// <returns>Why the request is refused. One that names a revision that nobody knows is refused later, when it is known what to answer to.</returns>
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
            exchange.UnknownRevision = header.ToString();
            return null;
        }

        exchange.Revision = revision;
        return null;
    }
}
