using System.Collections.Concurrent;
using System.Security.Cryptography;
using McpOperator.Policy;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Sessions;

namespace McpOperator.Proxy.Translation;

/// <summary>All sessions that this pod keeps. One that nobody uses ends by itself.</summary>
internal sealed class KeptSessions(TimeProvider time) : BackgroundService
{
    private const int Most = 2000;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, KeptSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>A new session of a caller; nothing when there are too many.</summary>
    public KeptSession? Add(Caller caller)
    {
        if (_sessions.Count >= Most)
        {
            return null;
        }

        var session = new KeptSession(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), SessionOwner.Of(caller), time);
        _sessions[session.Id] = session;
        return session;
    }

    /// <summary>The session of a ticket; nothing when it has ended.</summary>
    public KeptSession? Find(SessionTicket? ticket) => ticket is null ? null : _sessions.GetValueOrDefault(ticket.Upstream);

    /// <summary>The session that an exchange presents; nothing when it has ended.</summary>
    public KeptSession? Find(Exchange exchange) => Find(exchange.Session);

    /// <summary>Ends a session.</summary>
    public async Task RemoveAsync(KeptSession session)
    {
        _sessions.TryRemove(session.Id, out _);
        await session.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var idle in _sessions.Values.Where(session => session.Idle > IdleLimit).ToList())
                {
                    await RemoveAsync(idle);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }

        foreach (var session in _sessions.Values)
        {
            await RemoveAsync(session);
        }
    }
}
