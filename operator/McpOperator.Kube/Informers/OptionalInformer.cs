using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// An informer of a kind whose definition may be missing, appear and go while we run. While it is missing, there are no objects, and that
/// counts as
/// synced: nobody waits for what is not installed.
/// </summary>
/// <typeparam name="T">The form in which objects are kept.</typeparam>
public sealed class OptionalInformer<T> : IInformer<T> where T : class
{
    private readonly Informer<T> _inner;
    private readonly IApiDiscovery _discovery;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly List<Action<bool>> _handlers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes an optional informer out of one that is not running.</summary>
    public OptionalInformer(Informer<T> inner, IApiDiscovery discovery, ILogger? log = null)
    {
        _inner = inner;
        _discovery = discovery;
        _log = log ?? NullLogger.Instance;
        discovery.Track(inner.Type);
        discovery.OnChange(OnDiscovery);
    }

    /// <summary>Whether the kind is served at present.</summary>
    public bool IsServed => _discovery.IsServed(Type);

    /// <inheritdoc/>
    public ResourceType Type => _inner.Type;

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public bool HasSynced => _discovery.HasSynced && (!IsServed || _inner.HasSynced);

    /// <inheritdoc/>
    public T? Get(NamespacedName key) => _inner.Get(key);

    /// <inheritdoc/>
    public IReadOnlyList<T> List(string? ns = null) => _inner.List(ns);

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> Keys() => _inner.Keys();

    /// <inheritdoc/>
    public IReadOnlyList<T> ByIndex(string index, string value) => _inner.ByIndex(index, value);

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> KeysByIndex(string index, string value) => _inner.KeysByIndex(index, value);

    /// <inheritdoc/>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values) => _inner.AddIndex(name, values);

    /// <inheritdoc/>
    public void OnChange(Action<InformerChange<T>> handler) => _inner.OnChange(handler);

    /// <summary>Calls a handler after the kind has begun to be served and was read (true), and after it ceased to be (false).</summary>
    public void OnAvailabilityChange(Action<bool> handler)
    {
        lock (_gate)
        {
            _handlers.Add(handler);
        }
    }

    /// <inheritdoc/>
    public async Task WaitForSyncAsync(CancellationToken ct = default)
    {
        await _discovery.WaitForSyncAsync(ct);
        while (true)
        {
            // Taken before the question, or a change in between would be missed. The kind may go while we wait for its objects.
            var change = NextChange();
            if (HasSynced)
            {
                return;
            }

            await Task.WhenAny(_inner.WaitForSyncAsync(ct), change).WaitAsync(ct);
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await _discovery.WaitForSyncAsync(ct);
            while (true)
            {
                var change = NextChange();
                if (!IsServed)
                {
                    await change.WaitAsync(ct);
                    continue;
                }

                await RunWhileServedAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task RunWhileServedAsync(CancellationToken ct)
    {
        using var served = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = _inner.RunAsync(served.Token);
        var announced = AnnounceAsync(served.Token);
        while (true)
        {
            var change = NextChange();
            if (!IsServed || ct.IsCancellationRequested)
            {
                break;
            }

            await Task.WhenAny(change, Task.Delay(Timeout.Infinite, ct));
        }

        await served.CancelAsync();
        await running;
        await announced;
        ct.ThrowIfCancellationRequested();
        _inner.Clear();
        Tell(false);
    }

    private async Task AnnounceAsync(CancellationToken ct)
    {
        try
        {
            await _inner.WaitForSyncAsync(ct);
            Tell(true);
        }
        catch (OperationCanceledException)
        {
            // It went before it was read.
        }
    }

    private void OnDiscovery(ResourceType type, bool served)
    {
        if (type == Type)
        {
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private Task NextChange() => Volatile.Read(ref _changed).Task;

    private void Tell(bool served)
    {
        Action<bool>[] handlers;
        lock (_gate)
        {
            handlers = [.. _handlers];
        }

        foreach (var handler in handlers)
        {
            try
            {
                handler(served);
            }
            catch (Exception e)
            {
                _log.LogError(e, "{Resource}: a handler failed when the kind {Change}", Type, served ? "appeared" : "went");
            }
        }
    }
}
