using McpOperator.Protocol;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>Opens sessions with the server for clients, whatever the server speaks.</summary>
internal sealed class ServerSessions(UpstreamClient upstream, ServeOptions options, ServerState server)
{
    /// <summary>Opens a session with the client's own handshake.</summary>
    /// <param name="parameters">The parameters of the client's <c>initialize</c>.</param>
    /// <param name="ct">Gives it up.</param>
    /// <exception cref="ServerSessionException">The server refuses it.</exception>
    public async Task<IServerSession> OpenAsync(ReadOnlyMemory<byte> parameters, CancellationToken ct) => server.Profile switch
    {
        { Transport: UpstreamTransport.Sse } => await EventStreamSession.OpenAsync(upstream, options, parameters, ct),
        { Handshake: null } => await StatelessSession.OpenAsync(upstream, options, parameters, ct),
        _ => await StreamableSession.OpenAsync(upstream, options, parameters, ct),
    };

    /// <summary>The revision to offer for a client that has no handshake.</summary>
    public ProtocolRevision Revision => server.Profile?.Handshake ?? ProtocolRevision.LatestWithHandshake;
}
