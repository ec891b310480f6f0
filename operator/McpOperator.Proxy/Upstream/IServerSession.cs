namespace McpOperator.Proxy.Upstream;

/// <summary>
/// A session that the proxy itself has with the server, to read its tools or to translate between revisions. Messages are whole JSON texts,
/// checked to be strict.
/// </summary>
internal interface IServerSession : IAsyncDisposable
{
    /// <summary>The result of <c>initialize</c>, or of <c>server/discover</c> where there is no handshake.</summary>
    ReadOnlyMemory<byte> ServerResult { get; }

    /// <summary>Sends a request.</summary>
    /// <param name="message">The request.</param>
    /// <param name="id">Its id as it is written in it.</param>
    /// <param name="ct">Gives it up.</param>
    /// <returns>What belongs to it, the answer last.</returns>
    /// <exception cref="ServerSessionException">The server refuses it, or broke off.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id, CancellationToken ct);

    /// <summary>Sends a notification or an answer.</summary>
    /// <exception cref="ServerSessionException">The server refuses it.</exception>
    Task PostAsync(ReadOnlyMemory<byte> message, CancellationToken ct);

    /// <summary>What the server says by itself, until it ends the stream; nothing when it has none.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ListenAsync(CancellationToken ct);
}

/// <summary>The server ended a session, or refuses what was sent in it.</summary>
/// <param name="message">What happened.</param>
/// <param name="status">The status of the server's HTTP answer; 0 when there was none.</param>
internal sealed class ServerSessionException(string message, int status = 0) : Exception(message)
{
    /// <summary>The status of the server's HTTP answer; 0 when there was none.</summary>
    public int Status => status;
}
