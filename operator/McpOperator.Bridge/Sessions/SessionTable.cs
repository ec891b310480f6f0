using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using McpOperator.Api;
using McpOperator.Bridge.Processes;
using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge.Sessions;

/// <summary>All sessions; it opens them, finds them, and ends those that nobody uses.</summary>
internal sealed class SessionTable : IAsyncDisposable
{
    /// <summary>Sessions that may share a process.</summary>
    private const int MaxSharingSessions = 10_000;

    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly BridgeOptions _options;
    private readonly ILogger _logger;
    private readonly ServerPool _pool;
    private readonly Lazy<SharedServer> _stateless;

    /// <param name="options">The limits.</param>
    /// <param name="starter">Starts processes.</param>
    /// <param name="logger">The log.</param>
    public SessionTable(BridgeOptions options, ProcessStarter starter, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        var alone = options with { MaxProcesses = 1, Spares = 0 };
        _pool = new(options.Shared ? alone : options, starter, logger);
        _stateless = new(() => new(options, new(alone, starter, logger), shakesHands: false, () => [], logger));
        if (options.Shared)
        {
            Shared = new(options, _pool, shakesHands: true, () => _sessions.Values, logger);
        }
        else
        {
            _pool.Warm();
        }
    }

    /// <summary>The process that all sessions share; nothing when each has its own.</summary>
    public SharedServer? Shared { get; }

    /// <summary>The process that requests without a session share, where processes may be shared.</summary>
    public SharedServer Stateless => _stateless.Value;

    /// <summary>Finds a session.</summary>
    public bool TryFind(string id, [NotNullWhen(true)] out Session? session) => _sessions.TryGetValue(id, out session);

    /// <summary>Opens a session, with a process of its own unless all share one.</summary>
    /// <exception cref="ServerUnavailableException">There is no process for it now.</exception>
    public async Task<Session> OpenAsync(CancellationToken ct)
    {
        if (Shared is { } shared)
        {
            var current = await shared.GetAsync(ct);
            return _sessions.Count < MaxSharingSessions
                ? Add(new Session(Ids.Next(), shared), current)
                : throw new ServerUnavailableException(BridgeReasons.TooManyProcesses, $"{MaxSharingSessions} sessions are open; end some", TimeSpan.FromSeconds(5));
        }

        var server = await BorrowAsync(ct);
        var session = Add(new Session(Ids.Next(), new OwnServer(server)), server);
        server.Open(session);
        _ = EndWithAsync(session, server);
        return session;
    }

    /// <summary>
    /// A process for one session or one request. When all are in use, the session that nobody has used for longest ends for it: clients open
    /// another when they are told that theirs is gone, but can do nothing about sessions that others have left behind.
    /// </summary>
    /// <exception cref="ServerUnavailableException">There is none to be had now.</exception>
    public async Task<ServerConnection> BorrowAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await _pool.TakeAsync(ct);
            }
            catch (ServerUnavailableException e) when (e.Reason == BridgeReasons.TooManyProcesses && Abandoned() is { } session)
            {
                _ = EndAsync(session, "nobody used it, and another client needs its process");
            }
        }
    }

    /// <summary>Notes that a server has answered: it can be started.</summary>
    public void Succeeded() => _pool.Succeeded();

    /// <summary>Ends a session, and its process if it has one of its own.</summary>
    /// <param name="session">The session.</param>
    /// <param name="why">For the log, and for requests under way.</param>
    public async Task EndAsync(Session session, string why)
    {
        if (!_sessions.TryRemove(session.Id, out _))
        {
            return;
        }

        Log.SessionEnded(_logger, session.ShownId, why);
        if (session.Server is OwnServer { Current: var server })
        {
            session.Close();
            await server.StopAsync(BridgeReasons.SessionEnded, $"the session has ended: {why}");
            return;
        }

        foreach (var exchange in session.Exchanges.ToList())
        {
            exchange.Fail(Protocol.JsonRpcErrors.InternalError, BridgeReasons.SessionEnded, $"the session has ended: {why}");
            session.Server.Current?.Forget(exchange);
        }

        session.Close();
    }

    /// <summary>Ends what nobody uses, and lets connections see whether their clients are still there.</summary>
    public void Tick()
    {
        foreach (var session in _sessions.Values)
        {
            if (session.Idle > _options.IdleTimeout)
            {
                _ = EndAsync(session, $"nobody has used it for {_options.IdleTimeout.TotalSeconds} s");
            }
            else
            {
                session.Tick();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_sessions.Values.Select(session => EndAsync(session, "the bridge is being stopped")));
        if (Shared is not null)
        {
            await Shared.DisposeAsync();
        }

        if (_stateless.IsValueCreated)
        {
            await _stateless.Value.DisposeAsync();
        }

        await _pool.DisposeAsync();
    }

    private Session? Abandoned() => _sessions.Values.Where(session => session.Idle > _options.AbandonedAfter).MaxBy(session => session.Idle);

    private Session Add(Session session, ServerConnection server)
    {
        _sessions[session.Id] = session;
        Log.SessionOpened(_logger, session.ShownId, server.ProcessId);
        return session;
    }

    private async Task EndWithAsync(Session session, ServerConnection server)
    {
        await server.Closed;
        await EndAsync(session, $"its process ended ({server.Exited.Result})");
    }
}
