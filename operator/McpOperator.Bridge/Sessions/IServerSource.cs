namespace McpOperator.Bridge.Sessions;

/// <summary>Where a session's requests go.</summary>
internal interface IServerSource
{
    /// <summary>The server; nothing while it starts.</summary>
    ServerConnection? Current { get; }

    /// <summary>The server, once it has started.</summary>
    /// <exception cref="ServerUnavailableException">It does not start.</exception>
    ValueTask<ServerConnection> GetAsync(CancellationToken ct);
}

/// <summary>A process that one session has for itself, and that it ends with.</summary>
internal sealed class OwnServer(ServerConnection server) : IServerSource
{
    /// <inheritdoc/>
    public ServerConnection Current => server;

    /// <inheritdoc/>
    public ValueTask<ServerConnection> GetAsync(CancellationToken ct) => new(server);
}
