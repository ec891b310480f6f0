using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// Keeps a copy of all objects of a kind: lists them page by page, then follows a watch. A cut watch goes on from the last version seen;
/// only when the
/// API server has forgotten that version is everything listed again, and then what is missing from the list counts as deleted.
/// </summary>
/// <typeparam name="T">The form in which objects are kept: a type, or <see cref="KubernetesDocument"/>.</typeparam>
public sealed class Informer<T> : IInformer<T> where T : class
{
    /// <summary>A watch that lasts less was not ended by its time limit.</summary>
    private static readonly TimeSpan ShortWatch = TimeSpan.FromMinutes(1);

    private readonly IKubernetesClient _client;
    private readonly ItemDecoder<T> _decode;
    private readonly InformerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly InformerStore<T> _store = new();
    private readonly Lock _handlerGate = new();
    private readonly List<Action<InformerChange<T>>> _handlers = [];
    private readonly KeyValuePair<string, object?> _tag;
    private TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes an informer; <see cref="RunAsync"/> starts it.</summary>
    public Informer(
        IKubernetesClient client, ResourceType type, ItemDecoder<T> decode, InformerOptions? options = null, TimeProvider? time = null,
        ILogger? log = null)
    {
        _client = client;
        Type = type;
        _decode = decode;
        _options = options ?? InformerOptions.Default;
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
        _tag = KubeMetrics.Tag("resource", type.ToString());
    }

    /// <inheritdoc/>
    public ResourceType Type { get; }

    /// <inheritdoc/>
    public int Count => _store.Count;

    /// <inheritdoc/>
    public bool HasSynced => Volatile.Read(ref _synced).Task.IsCompleted;

    /// <summary>
    /// The version up to which the cluster is known; null before the first list and when everything has to be listed again.
    /// </summary>
    internal string? Version { get; private set; }

    /// <inheritdoc/>
    public T? Get(NamespacedName key) => _store.Get(key);

    /// <inheritdoc/>
    public IReadOnlyList<T> List(string? ns = null) => _store.List(ns);

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> Keys() => _store.Keys();

    /// <inheritdoc/>
    public IReadOnlyList<T> ByIndex(string index, string value) => _store.ByIndex(index, value);

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> KeysByIndex(string index, string value) => _store.KeysByIndex(index, value);

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken ct = default) => Volatile.Read(ref _synced).Task.WaitAsync(ct);

    /// <inheritdoc/>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values) => _store.AddIndex(name, values);

    /// <inheritdoc/>
    public void OnChange(Action<InformerChange<T>> handler)
    {
        lock (_handlerGate)
        {
            _handlers.Add(handler);
            foreach (var key in _store.Keys())
            {
                if (_store.Get(key) is { } item)
                {
                    Call(handler, new(key, null, item));
                }
            }
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        using var resync = StartResync();
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), _time);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Version ??= await ListAsync(ct);
                var began = _time.GetTimestamp();
                await FollowAsync(Version, backoff, ct);
                if (_time.GetElapsedTime(began) < ShortWatch)
                {
                    // An API server that ends watches at once would otherwise be asked as fast as it answers.
                    await backoff.PauseAsync(ct);
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Version = AfterTrouble(e, Version);
                await PauseAsync(backoff, e, ct);
            }
        }
    }

    /// <summary>Forgets everything, telling handlers so, as if all objects had been deleted.</summary>
    internal void Clear()
    {
        Volatile.Write(ref _synced, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Version = null;
        foreach (var key in _store.Keys())
        {
            Remove(key);
        }
    }

    private ListOptions Filter() => new()
    {
        LabelSelector = _options.LabelSelector,
        FieldSelector = _options.FieldSelector,
        PageSize = _options.PageSize,
    };

    private async Task FollowAsync(string version, Backoff backoff, CancellationToken ct)
    {
        await foreach (var e in _client.WatchAsync<T?>(Type, _options.Namespace, version, Decode, Filter(), ct))
        {
            Version = e.Header.ResourceVersion;
            Take(e);
            backoff.Reset();
        }
    }

    /// <summary>
    /// Lists the newest state, so that memory never goes back in time. A snapshot that expires between pages is begun again.
    /// </summary>
    private async Task<string> ListAsync(CancellationToken ct)
    {
        KubeMetrics.Lists.Add(1, _tag);
        _store.BeginRound();
        var filter = Filter();
        ListPage page = default;
        do
        {
            page = await _client.ListPageAsync(Type, _options.Namespace, filter, page.Continue, TakeListed, ct);
        }
        while (!string.IsNullOrEmpty(page.Continue));

        foreach (var key in _store.Unseen())
        {
            Remove(key);
        }

        Volatile.Read(ref _synced).TrySetResult();
        _log.LogDebug("{Resource}: listed {Count} objects at version {Version}", Type, Count, page.ResourceVersion);
        return page.ResourceVersion;
    }

    private void TakeListed(ReadOnlySpan<byte> utf8)
    {
        var header = ObjectHeader.Read(utf8);
        if (!_store.IsCurrent(header) && Decode(header, utf8) is { } item)
        {
            Set(header, item);
        }
    }

    /// <summary>One object that cannot be read must not hide the others.</summary>
    private T? Decode(in ObjectHeader header, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return _decode(header, utf8);
        }
        catch (Exception e)
        {
            _log.LogError(e, "{Resource}: {Key} cannot be read and is ignored", Type, header.Key);
            return null;
        }
    }

    private void Take(in WatchEvent<T?> e)
    {
        switch (e.Type)
        {
            case WatchEventType.Deleted:
                Remove(e.Header.Key);
                break;
            case WatchEventType.Added or WatchEventType.Modified when e.Item is not null && !_store.IsCurrent(e.Header):
                Set(e.Header, e.Item);
                break;
        }
    }

    private void Set(in ObjectHeader header, T item)
    {
        lock (_handlerGate)
        {
            var old = _store.Set(header, item);
            if (old is null)
            {
                KubeMetrics.Objects.Add(1, _tag);
            }

            Tell(new(header.Key, old, item));
        }
    }

    private void Remove(NamespacedName key)
    {
        lock (_handlerGate)
        {
            if (_store.Remove(key) is { } old)
            {
                KubeMetrics.Objects.Add(-1, _tag);
                Tell(new(key, old, null));
            }
        }
    }

    private void Tell(in InformerChange<T> change)
    {
        foreach (var handler in _handlers)
        {
            Call(handler, change);
        }
    }

    private void Call(Action<InformerChange<T>> handler, in InformerChange<T> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception e)
        {
            _log.LogError(e, "{Resource}: a handler failed for {Key}", Type, change.Key);
        }
    }

    /// <summary>
    /// From which version to go on: a broken connection or a busy API server loses nothing, any other refusal means listing again.
    /// </summary>
    private static string? AfterTrouble(Exception e, string? version) => e switch
    {
        KubernetesConnectionException or KubernetesConfigException => version,
        KubernetesException { IsVersionTooLarge: true } => null,
        KubernetesException { IsGone: false, IsUnavailable: true } => version,
        _ => null,
    };

    private Task PauseAsync(Backoff backoff, Exception e, CancellationToken ct)
    {
        if (e is KubernetesException { IsGone: true } && backoff.Failures == 0)
        {
            backoff.Count();
            return Task.CompletedTask;
        }

        _log.LogWarning("{Resource}: cannot follow, trying again: {Problem}", Type, e.Message);
        return backoff.PauseAsync(ct);
    }

    private ITimer? StartResync() => _options.ResyncPeriod <= TimeSpan.Zero ? null
        : _time.CreateTimer(_ => Resync(), null, _options.ResyncPeriod, _options.ResyncPeriod);

    private void Resync()
    {
        foreach (var key in _store.Keys())
        {
            lock (_handlerGate)
            {
                if (_store.Get(key) is { } item)
                {
                    Tell(new(key, item, item));
                }
            }
        }
    }
}
