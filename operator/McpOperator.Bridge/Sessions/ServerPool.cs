using McpOperator.Api;
using McpOperator.Bridge.Processes;
using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge.Sessions;

/// <summary>
/// Starts servers: never more than allowed, one ahead of time so that a new session does not wait, and with growing pauses when they
/// end before they have answered anything.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="starter">Starts processes.</param>
/// <param name="logger">The log.</param>
internal sealed class ServerPool(BridgeOptions options, ProcessStarter starter, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<ServerConnection> _spares = [];
    private readonly HashSet<ServerConnection> _running = [];
    private readonly CancellationTokenSource _stopped = new();
    private int _failures;
    private long _pausedUntil;
    private string _failure = "";
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A server's process for a session.</summary>
    /// <exception cref="ServerUnavailableException">There is none to be had now.</exception>
    public async Task<ServerConnection> TakeAsync(CancellationToken ct)
    {
        // One that is being stopped makes room soon.
        var patience = Environment.TickCount64 + (long)(2 * options.StopPatience + TimeSpan.FromSeconds(1)).TotalMilliseconds;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (TryTake() is { } server)
                {
                    Replenish();
                    return server;
                }

                if (!_running.Any(running => running.WasStopped) || Environment.TickCount64 > patience)
                {
                    throw new ServerUnavailableException(
                        BridgeReasons.TooManyProcesses,
                        $"all {options.MaxProcesses} processes of this server are in use; end a session, or raise spec.stdio.maxProcesses (--max-processes)",
                        TimeSpan.FromSeconds(5));
                }

                changed = _changed.Task;
            }

            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(1), ct));
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Starts what is to wait for sessions.</summary>
    public void Warm()
    {
        lock (_gate)
        {
            Replenish();
        }
    }

    /// <summary>Notes that a server has answered its first request: it can be started.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            (_failures, _pausedUntil) = (0, 0);
        }
    }

    /// <summary>Notes that a server did not start.</summary>
    /// <returns>How long to wait before the next attempt.</returns>
    public TimeSpan Failed(string why)
    {
        using var _ = _gate.EnterScope();
        var pause = TimeSpan.FromTicks((long)Math.Min(options.FirstBackOff.Ticks * Math.Pow(2, _failures), LongestPause.Ticks));
        (_failures, _failure, _pausedUntil) = (_failures + 1, why, Environment.TickCount64 + (long)pause.TotalMilliseconds);
        Log.NotStarting(logger, _failures, why, pause);
        return pause;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        List<ServerConnection> running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running.Select(server => server.StopAsync(BridgeReasons.Stopping, "the bridge is being stopped")));
    }

    private ServerConnection? TryTake()
    {
        if (_spares.Find(server => server.IsOpen) is { } spare)
        {
            _spares.Remove(spare);
            return spare;
        }

        var pause = TimeSpan.FromMilliseconds(_pausedUntil - Environment.TickCount64);
        if (pause > TimeSpan.Zero)
        {
            throw new ServerUnavailableException(
                BridgeReasons.ServerNotStarting, $"the server does not start: {_failure}. The next attempt is made in {Math.Ceiling(pause.TotalSeconds)} s", pause);
        }

        return _running.Count < options.MaxProcesses && !_stopped.IsCancellationRequested ? Start() : null;
    }

    private void Replenish()
    {
        try
        {
            while (_spares.Count < options.Spares && _running.Count < options.MaxProcesses && _pausedUntil <= Environment.TickCount64 && !_stopped.IsCancellationRequested)
            {
                _spares.Add(Start());
            }
        }
        catch (ServerUnavailableException)
        {
            // Whoever asks for a process next is told why there is none.
        }
    }

    private ServerConnection Start()
    {
        try
        {
            var server = new ServerConnection(starter.Start(options.Command), options, options.Shared, logger);
            _running.Add(server);
            Log.ProcessStarted(logger, server.ProcessId);
            _ = WatchAsync(server);
            return server;
        }
        catch (ProcessStartException e)
        {
            throw new ServerUnavailableException(BridgeReasons.ServerNotStarting, e.Message, Failed(e.Message));
        }
    }

    private async Task WatchAsync(ServerConnection server)
    {
        await server.Closed;
        var pause = TimeSpan.Zero;
        lock (_gate)
        {
            _running.Remove(server);
            _spares.Remove(server);
            if (!server.WasStopped && !server.HasAnswered)
            {
                pause = Failed($"its process ended ({server.Exited.Result}) before it answered anything; see its standard error in the log");
            }

            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        await ReplenishAfterAsync(pause);
    }

    private async Task ReplenishAfterAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause + TimeSpan.FromMilliseconds(pause > TimeSpan.Zero ? 1 : 0), _stopped.Token);
            Warm();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
