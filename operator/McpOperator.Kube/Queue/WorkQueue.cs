namespace McpOperator.Kube;

/// <summary>
/// Keys that wait for work. A key is in it at most once, however often it is added; while a worker has it, it is given to no other, and
/// if it is
/// added meanwhile it comes again afterwards.
/// </summary>
/// <typeparam name="TKey">What names a piece of work.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Queue<TKey> _ready = [];
    private readonly Dictionary<TKey, long> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly Dictionary<TKey, long> _due = [];
    private readonly PriorityQueue<TKey, long> _delayed = new();
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Queue<TaskCompletionSource<bool>> _waiters = [];
    private readonly WorkQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly TokenBucket _bucket;
    private readonly ITimer _timer;
    private readonly KeyValuePair<string, object?> _tag;
    private bool _closed;

    /// <summary>Makes a queue.</summary>
    /// <param name="name">Its name in metrics.</param>
    /// <param name="options">How it treats failures.</param>
    /// <param name="time">The clock for delays.</param>
    public WorkQueue(string name, WorkQueueOptions? options = null, TimeProvider? time = null)
    {
        _options = options ?? WorkQueueOptions.Default;
        _time = time ?? TimeProvider.System;
        _bucket = new(_options.RetriesPerSecond, _options.RetryBurst, _time);
        _tag = KubeMetrics.Tag("queue", name);
        _timer = _time.CreateTimer(_ => MoveDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait for a worker; delayed ones and those being worked on are not counted.</summary>
    public int Depth
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>Keys whose time has not come.</summary>
    public int Delayed
    {
        get
        {
            lock (_gate)
            {
                return _due.Count;
            }
        }
    }

    /// <summary>Adds a key; without effect when it waits already, or when the queue is shut down.</summary>
    public void Add(TKey key)
    {
        lock (_gate)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds a key after a while. Of several times for one key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_gate)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            var due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_closed || (_due.TryGetValue(key, out var known) && known <= due))
            {
                return;
            }

            _due[key] = due;
            _delayed.Enqueue(key, due);
            DropStale();
            Arm();
        }
    }

    /// <summary>Adds a key after a pause that grows with each of its failures and with the number of retries over all keys.</summary>
    public void AddRateLimited(TKey key)
    {
        TimeSpan pause;
        lock (_gate)
        {
            var failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
            var own = Backoff.Pause(_options.FirstBackoff, _options.LongestBackoff, failures);
            var overall = _bucket.Reserve();
            pause = own > overall ? own : overall;
        }

        KubeMetrics.Retries.Add(1, _tag);
        AddAfter(key, pause);
    }

    /// <summary>Forgets a key's failures.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>A key's failures since it was forgotten.</summary>
    public int Failures(TKey key)
    {
        lock (_gate)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>Waits for a key. Whoever gets one must call <see cref="Done"/>.</summary>
    /// <returns>False when the queue is shut down and empty.</returns>
    public async ValueTask<(bool Taken, TKey Key)> TakeAsync(CancellationToken ct = default)
    {
        while (true)
        {
            TaskCompletionSource<bool> waiter;
            lock (_gate)
            {
                if (_ready.TryDequeue(out var key))
                {
                    Start(key);
                    return (true, key);
                }

                if (_closed)
                {
                    return (false, default!);
                }

                // Only now: a waiter that was woken and cancelled at once has to take the key that it was woken for, or nobody would.
                ct.ThrowIfCancellationRequested();
                waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiters.Enqueue(waiter);
            }

            using (ct.UnsafeRegister(static (w, token) => ((TaskCompletionSource<bool>)w!).TrySetCanceled(token), waiter))
            {
                await waiter.Task;
            }
        }
    }

    /// <summary>A worker is through with a key; if it was added meanwhile, it waits again.</summary>
    public void Done(TKey key)
    {
        lock (_gate)
        {
            _processing.Remove(key);
            if (_dirty.ContainsKey(key))
            {
                Offer(key);
            }
        }
    }

    /// <summary>Takes nothing more: what is delayed is dropped, what waits is still given out, then workers are told to stop.</summary>
    public void ShutDown()
    {
        lock (_gate)
        {
            _closed = true;
            _due.Clear();
            _delayed.Clear();
            while (_waiters.TryDequeue(out var waiter))
            {
                waiter.TrySetResult(true);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ShutDown();
        lock (_gate)
        {
            KubeMetrics.Depth.Add(-_ready.Count, _tag);
            _ready.Clear();
            _dirty.Clear();
        }

        _timer.Dispose();
    }

    private void AddLocked(TKey key)
    {
        if (_closed || !_dirty.TryAdd(key, _time.GetTimestamp()))
        {
            return;
        }

        // Its time has come early.
        _due.Remove(key);
        if (!_processing.Contains(key))
        {
            Offer(key);
        }
    }

    private void Offer(TKey key)
    {
        _ready.Enqueue(key);
        KubeMetrics.Depth.Add(1, _tag);
        while (_waiters.TryDequeue(out var waiter) && !waiter.TrySetResult(true))
        {
            // A cancelled waiter: wake the next.
        }
    }

    private void Start(TKey key)
    {
        KubeMetrics.Depth.Add(-1, _tag);
        if (_dirty.Remove(key, out var since))
        {
            KubeMetrics.WaitSeconds.Record(_time.GetElapsedTime(since).TotalSeconds, _tag);
        }

        _processing.Add(key);
    }

    private void MoveDue()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            while (_delayed.TryPeek(out var key, out var due) && due <= now)
            {
                _delayed.Dequeue();
                // An entry whose time was changed meanwhile is stale.
                if (_due.TryGetValue(key, out var wanted) && wanted == due)
                {
                    _due.Remove(key);
                    AddLocked(key);
                }
            }

            Arm();
        }
    }

    /// <summary>Entries whose key came early stay in the heap until their time; not more of them than live ones.</summary>
    private void DropStale()
    {
        if (_delayed.Count <= (2 * _due.Count) + 64)
        {
            return;
        }

        _delayed.Clear();
        foreach (var (key, due) in _due)
        {
            _delayed.Enqueue(key, due);
        }
    }

    private void Arm()
    {
        if (_closed || !_delayed.TryPeek(out _, out var due))
        {
            return;
        }

        var wait = _time.GetElapsedTime(_time.GetTimestamp(), due);
        // A timer counts whole milliseconds; rounding down would fire it early, and in a circle.
        var whole = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait.TotalMilliseconds)));
        _timer.Change(whole, Timeout.InfiniteTimeSpan);
    }
}
