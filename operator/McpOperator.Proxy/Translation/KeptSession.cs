using System.Threading.Channels;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>A client's session that the proxy keeps, because client and server do not speak alike.</summary>
internal sealed class KeptSession(string id, string owner, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private long _lastUse = time.GetTimestamp();
    private int _users;
    private int _listeners;

    /// <summary>Its id within this pod.</summary>
    public string Id => id;

    /// <summary>Whose it is.</summary>
    public string Owner => owner;

    /// <summary>The session with the server; nothing before the handshake.</summary>
    public IServerSession? Server { get; set; }

    /// <summary>What goes out on an HTTP+SSE client's stream.</summary>
    public Channel<ReadOnlyMemory<byte>> Out { get; } = Channel.CreateBounded<ReadOnlyMemory<byte>>(256);

    /// <summary>Ends whatever is done in the session.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>How long nobody has used it.</summary>
    public TimeSpan Idle => Volatile.Read(ref _users) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>Marks it used until disposed.</summary>
    public Use Begin()
    {
        Interlocked.Increment(ref _users);
        return new(this);
    }

    /// <summary>Takes the place of the only listener.</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryListen() => Interlocked.CompareExchange(ref _listeners, 1, 0) == 0;

    /// <summary>Gives the place up.</summary>
    public void StopListening() => Volatile.Write(ref _listeners, 0);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Out.Writer.TryComplete();
        if (Server is { } server)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Some use of a session.</summary>
    internal readonly struct Use(KeptSession session) : IDisposable
    {
        public void Dispose()
        {
            Volatile.Write(ref session._lastUse, session.Clock.GetTimestamp());
            Interlocked.Decrement(ref session._users);
        }
    }

    private TimeProvider Clock => time;
}
