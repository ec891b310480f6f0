using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// Lets one of several processes work. Nobody compares clocks: a candidate takes the lease when it has seen no renewal for the lease's
/// duration by
/// its own clock. A leader that cannot renew stops working before that time is over elsewhere.
/// </summary>
public sealed class LeaderElector
{
    private readonly IKubernetesClient _client;
    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private V1Lease? _seen;
    private long _seenAt;
    private long _renewedAt;
    private volatile bool _leads;

    /// <summary>Makes a candidate; <see cref="RunAsync"/> starts it.</summary>
    /// <exception cref="ArgumentException">The times are not retry &lt; renew &lt; lease.</exception>
    public LeaderElector(IKubernetesClient client, LeaderElectionOptions options, TimeProvider? time = null, ILogger? log = null)
    {
        if (options.RetryPeriod >= options.RenewDeadline || options.RenewDeadline >= options.LeaseDuration)
        {
            throw new ArgumentException(
                $"The retry period ({options.RetryPeriod}) must be less than the renew deadline ({options.RenewDeadline}), "
                + $"and that less than the lease duration ({options.LeaseDuration}).", nameof(options));
        }

        _client = client;
        _options = options;
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
    }

    /// <summary>Whether this process leads.</summary>
    public bool IsLeader => _leads;

    /// <summary>Who leads, as far as we have seen; null when nobody does.</summary>
    public string? Leader => Volatile.Read(ref _seen)?.Spec.HolderIdentity is { Length: > 0 } holder ? holder : null;

    /// <summary>
    /// Waits for the lease, then works. When the lease is lost, the work's token is cancelled, and once the work has ended we are a
    /// candidate
    /// again. When <paramref name="ct"/> is cancelled, the work ends first, then the lease is given up, so that another can lead at once.
    /// </summary>
    /// <param name="work">What only a leader may do. It must stop soon after its token is cancelled.</param>
    /// <param name="ct">Ends it all.</param>
    /// <returns>When cancelled, or when the work ended by itself. The work's own exceptions come through.</returns>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (await AcquireAsync(ct))
        {
            Mark(true);
            _log.LogInformation("{Identity} leads ({Lease})", _options.Identity, _options.Name);
            using var term = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var working = Task.Run(() => work(term.Token), CancellationToken.None);
            var lost = await HoldAsync(working, ct);
            Mark(false);
            await term.CancelAsync();
            await EndAsync(working, lost || ct.IsCancellationRequested);
            if (!lost)
            {
                await ReleaseAsync();
                return;
            }

            _log.LogWarning("{Identity} does not lead any more: the lease could not be renewed in time", _options.Identity);
        }
    }

    /// <summary>Tries until it succeeds (true) or is cancelled (false).</summary>
    private async Task<bool> AcquireAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            // An answer that takes longer than a leader may go without renewal is worth nothing.
            if (await TryWithinAsync(_options.RenewDeadline, ct))
            {
                return true;
            }

            await PauseAsync(_options.LeaseDuration, ct);
        }

        return false;
    }

    /// <summary>Renews until the work ends, we are cancelled, or the deadline passes.</summary>
    /// <returns>Whether the lease was lost.</returns>
    private async Task<bool> HoldAsync(Task working, CancellationToken ct)
    {
        while (true)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(working, PauseAsync(Left, pause.Token));
            await pause.CancelAsync();
            if (working.IsCompleted || ct.IsCancellationRequested)
            {
                return false;
            }

            var renewed = Left > TimeSpan.Zero && await TryWithinAsync(Left, ct);
            if (!renewed && !ct.IsCancellationRequested && (Left <= TimeSpan.Zero || IsTaken()))
            {
                return true;
            }
        }
    }

    /// <summary>How long we may go on without a renewal.</summary>
    private TimeSpan Left => _options.RenewDeadline - _time.GetElapsedTime(_renewedAt);

    /// <summary>Whether somebody else holds the lease: then there is nothing to wait for.</summary>
    private bool IsTaken() => _seen?.Spec.HolderIdentity is { Length: > 0 } holder && holder != _options.Identity;

    private async Task<bool> TryWithinAsync(TimeSpan limit, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        return await TryAsync(both.Token);
    }

    /// <summary>Takes or renews the lease, if we may.</summary>
    private async Task<bool> TryAsync(CancellationToken ct)
    {
        // Counted from before the request: others may have seen the renewal that early.
        var began = _time.GetTimestamp();
        try
        {
            var lease = await _client.GetAsync<V1Lease>(_options.Name, _options.Namespace, ct);
            if (lease is null)
            {
                Observe(await _client.CreateAsync(MakeLease(null), ct));
                _renewedAt = began;
                return true;
            }

            Observe(lease);
            if (IsTaken() && !IsExpired(lease))
            {
                return false;
            }

            Observe(await _client.UpdateAsync(MakeLease(lease), ct));
            _renewedAt = began;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            _log.LogDebug("{Lease}: another candidate was quicker", _options.Name);
            return false;
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConnectionException or KubernetesConfigException)
        {
            _log.LogWarning("{Lease}: cannot be taken or renewed: {Problem}", _options.Name, e.Message);
            return false;
        }
    }

    /// <summary>Notes by our own clock when the lease changed last; what its times say is another machine's clock.</summary>
    private void Observe(V1Lease lease)
    {
        if (_seen?.Metadata.ResourceVersion != lease.Metadata.ResourceVersion)
        {
            _seenAt = _time.GetTimestamp();
        }

        Volatile.Write(ref _seen, lease);
    }

    private bool IsExpired(V1Lease lease)
    {
        var duration = lease.Spec.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.LeaseDuration;
        return _time.GetElapsedTime(_seenAt) >= duration;
    }

    private V1Lease MakeLease(V1Lease? old)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var ours = old?.Spec.HolderIdentity == _options.Identity;
        return new V1Lease
        {
            Metadata = old?.Metadata ?? new() { Name = _options.Name, NamespaceProperty = _options.Namespace },
            Spec = new()
            {
                HolderIdentity = _options.Identity,
                LeaseDurationSeconds = (int)Math.Ceiling(_options.LeaseDuration.TotalSeconds),
                AcquireTime = ours ? old!.Spec.AcquireTime : now,
                RenewTime = now,
                LeaseTransitions = (old?.Spec.LeaseTransitions ?? 0) + (old is null || ours ? 0 : 1),
            },
        };
    }

    private static async Task EndAsync(Task working, bool cancelled)
    {
        try
        {
            await working;
        }
        catch (OperationCanceledException) when (cancelled)
        {
            // We cancelled it.
        }
    }

    /// <summary>
    /// Gives the lease up. It is read anew: a renewal that we were told to stop in the middle of may have reached the API server, and the lease that
    /// we know would then be an old one. The version guards against taking it from somebody who has it meanwhile.
    /// </summary>
    private async Task ReleaseAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(_options.RenewDeadline, _time);
            if (await _client.GetAsync<V1Lease>(_options.Name, _options.Namespace, limit.Token) is { } lease && lease.Spec.HolderIdentity == _options.Identity)
            {
                var free = lease with { Spec = lease.Spec with { HolderIdentity = "", LeaseDurationSeconds = 1 } };
                Observe(await _client.UpdateAsync(free, limit.Token));
            }
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConnectionException or OperationCanceledException)
        {
            _log.LogInformation("{Lease}: not given up, others wait until it expires: {Problem}", _options.Name, e.Message);
        }
    }

    private void Mark(bool leads)
    {
        _leads = leads;
        KubeMetrics.Leading.Record(leads ? 1 : 0, KubeMetrics.Tag("lease", _options.Name));
    }

    /// <summary>Somewhat random, so that candidates do not step on each other's feet.</summary>
    private Task PauseAsync(TimeSpan longest, CancellationToken ct)
    {
        var pause = Backoff.Pause(_options.RetryPeriod, _options.RetryPeriod, 0);
        pause = pause < longest ? pause : longest;
        return Backoff.DelayAsync(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, _time, ct);
    }
}
