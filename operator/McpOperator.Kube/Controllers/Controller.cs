using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// Calls a reconcile function for each key that a watched object maps to: for one key never twice at the same time, and again and again
/// until it
/// does not fail. It only ever sees keys; what is true is in the informers.
/// </summary>
public sealed class Controller : IDisposable
{
    private readonly Func<NamespacedName, CancellationToken, Task<ReconcileResult>> _reconcile;
    private readonly ControllerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly List<ISyncSource> _sources = [];
    private readonly KeyValuePair<string, object?> _tag;

    /// <summary>Makes a controller; <see cref="RunAsync"/> starts it.</summary>
    /// <param name="name">Its name in logs and metrics.</param>
    /// <param name="reconcile">The function.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">The clock for delays.</param>
    /// <param name="log">Gets failures.</param>
    public Controller(
        string name, Func<NamespacedName, CancellationToken, Task<ReconcileResult>> reconcile, ControllerOptions? options = null,
        TimeProvider? time = null, ILogger? log = null)
    {
        Name = name;
        _reconcile = reconcile;
        _options = options ?? ControllerOptions.Default;
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
        _queue = new(name, _options.Queue, _time);
        _tag = KubeMetrics.Tag("controller", name);
    }

    /// <summary>Its name in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>Keys that wait for a worker.</summary>
    public int Depth => _queue.Depth;

    /// <summary>Wakes the keys that a changed object maps to, by its state before and after.</summary>
    public Controller Watches<T>(IInformer<T> informer, Func<T, IEnumerable<NamespacedName>> keys) where T : class
    {
        _sources.Add(informer);
        informer.OnChange(change =>
        {
            EnqueueAll(change.Old is { } old ? keys(old) : []);
            EnqueueAll(change.New is { } item && !ReferenceEquals(item, change.Old) ? keys(item) : []);
        });
        return this;
    }

    /// <summary>Wakes the changed object's own key: for the kind that the controller is about.</summary>
    public Controller WatchesSelf<T>(IInformer<T> informer) where T : class
    {
        _sources.Add(informer);
        informer.OnChange(change => Enqueue(change.Key));
        return this;
    }

    /// <summary>Wakes the controller owner of a changed object, where the owner is of a kind.</summary>
    public Controller WatchesOwned(IInformer<KubernetesDocument> informer, ResourceType owner) =>
        Watches(informer, document => OwnerKeys(document, owner));

    /// <summary>
    /// Wakes those who refer to a changed object, which an index of theirs files under the object's <c>namespace/name</c>.
    /// </summary>
    public Controller WatchesReferenced<T, TReferrer>(IInformer<T> informer, ILister<TReferrer> referrers, string index)
        where T : class where TReferrer : class
    {
        _sources.Add(informer);
        informer.OnChange(change => EnqueueAll(referrers.KeysByIndex(index, change.Key.ToString())));
        return this;
    }

    /// <summary>Wakes keys when a kind begins or ceases to be served.</summary>
    public Controller WatchesAvailability<T>(OptionalInformer<T> informer, Func<IEnumerable<NamespacedName>> keys) where T : class
    {
        informer.OnAvailabilityChange(_ => EnqueueAll(keys()));
        return this;
    }

    /// <summary>Waits for a source that wakes nothing, but that reconciles read.</summary>
    public Controller Reads(ISyncSource source)
    {
        _sources.Add(source);
        return this;
    }

    /// <summary>Wakes a key.</summary>
    public void Enqueue(NamespacedName key) => _queue.Add(key);

    /// <summary>Wakes a key after a while; many calls within that while wake it once.</summary>
    public void EnqueueAfter(NamespacedName key, TimeSpan after) => _queue.AddAfter(key, after);

    /// <summary>The key of the controller that owns an object, if that is of a kind (whatever version of it).</summary>
    public static IEnumerable<NamespacedName> OwnerKeys(KubernetesDocument document, ResourceType owner) =>
        document.Controller is { } controller && controller.Kind == owner.Kind && GroupOf(controller.ApiVersion) == owner.Group
            ? [new NamespacedName(owner.Namespaced ? document.Namespace : "", controller.Name)]
            : [];

    /// <summary>Waits until all sources have been read, then works until it is cancelled. Reconciles that have begun may end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(_sources.Distinct().Select(s => s.WaitForSyncAsync(ct)));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return;
        }

        using var work = new CancellationTokenSource();
        using var stop = ct.UnsafeRegister(_ => _ = CancelLaterAsync(work), null);
        var workers = Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => WorkAsync(ct, work.Token), CancellationToken.None));
        await Task.WhenAll(workers);
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    private async Task CancelLaterAsync(CancellationTokenSource work)
    {
        try
        {
            await Task.Delay(_options.StopPatience, _time);
            await work.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // All workers were through by then.
        }
    }

    private void EnqueueAll(IEnumerable<NamespacedName> keys)
    {
        foreach (var key in keys)
        {
            _queue.Add(key);
        }
    }

    private async Task WorkAsync(CancellationToken stopped, CancellationToken torn)
    {
        try
        {
            while (!stopped.IsCancellationRequested && await _queue.TakeAsync(stopped) is (true, var key))
            {
                await ReconcileAsync(key, torn);
                _queue.Done(key);
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        string outcome;
        try
        {
            outcome = Accept(key, await _reconcile(key, ct));
        }
        catch (Exception e)
        {
            outcome = Retry(key, e);
        }

        KubeMetrics.ReconcileCount.Add(1, _tag, KubeMetrics.Tag("outcome", outcome));
        KubeMetrics.ReconcileSeconds.Record(_time.GetElapsedTime(started).TotalSeconds, _tag);
    }

    private string Accept(NamespacedName key, ReconcileResult result)
    {
        _queue.Forget(key);
        switch (result.Outcome)
        {
            case ReconcileOutcome.Wait:
                _log.LogDebug("{Controller} {Key}: looks again in {After}: {Reason}", Name, key, result.After, result.Reason);
                _queue.AddAfter(key, result.After);
                return "wait";
            case ReconcileOutcome.Blocked:
                _log.LogDebug("{Controller} {Key}: blocked: {Reason}", Name, key, result.Reason);
                return "blocked";
            default:
                return "done";
        }
    }

    private string Retry(NamespacedName key, Exception e)
    {
        _queue.AddRateLimited(key);
        switch (e)
        {
            case KubernetesException { IsConflict: true }:
                // Somebody wrote first; the watch has brought, or will bring, what they wrote.
                _log.LogDebug("{Controller} {Key}: conflict, tries again: {Problem}", Name, key, e.Message);
                return "conflict";
            case KubernetesConnectionException or KubernetesException { IsUnavailable: true } or OperationCanceledException:
                _log.LogWarning("{Controller} {Key}: tries again: {Problem}", Name, key, e.Message);
                break;
            default:
                _log.LogError(e, "{Controller} {Key}: failed {Failures} times, tries again", Name, key, _queue.Failures(key));
                break;
        }

        KubeMetrics.Errors.Add(1, _tag);
        return "error";
    }

    private static string GroupOf(string apiVersion)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : apiVersion[..slash];
    }
}
