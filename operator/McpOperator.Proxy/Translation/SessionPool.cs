using System.Collections.Concurrent;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>
/// Sessions with the server for clients that have none. One serves one request at a time, and comes back only for the same caller with the
/// same client and capabilities; a caller without a token is nobody in particular, so his session ends with his request.
/// </summary>
internal sealed class SessionPool(ServerSessions servers, TimeProvider time) : IAsyncDisposable
{
    private const int MostIdle = 64;
    private const int MostIdleOfOne = 4;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, ConcurrentStack<(IServerSession Session, long Since)>> _idle = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>An idle session, or a new one.</summary>
    public async Task<IServerSession> TakeAsync(string key, ReadOnlyMemory<byte> handshake, CancellationToken ct)
    {
        while (_idle.TryGetValue(key, out var stack) && stack.TryPop(out var idle))
        {
            Interlocked.Decrement(ref _count);
            if (time.GetElapsedTime(idle.Since) < IdleLimit)
            {
                return idle.Session;
            }

            await idle.Session.DisposeAsync();
        }

        return await servers.OpenAsync(handshake, ct);
    }

    /// <summary>Gives a session back after its request was answered.</summary>
    /// <param name="key">For whom it is; empty: for nobody, and it ends.</param>
    /// <param name="session">The session.</param>
    public async Task GiveBackAsync(string key, IServerSession session)
    {
        var stack = key.Length == 0 ? null : _idle.GetOrAdd(key, _ => new());
        if (stack is null || stack.Count >= MostIdleOfOne || Volatile.Read(ref _count) >= MostIdle)
        {
            await session.DisposeAsync();
            return;
        }

        Interlocked.Increment(ref _count);
        stack.Push((session, time.GetTimestamp()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stack in _idle.Values)
        {
            while (stack.TryPop(out var idle))
            {
                await idle.Session.DisposeAsync();
            }
        }
    }
}
