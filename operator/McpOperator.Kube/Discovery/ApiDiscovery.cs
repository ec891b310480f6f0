using System.Threading.Channels;
using McpOperator.Objects;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Kube;

/// <summary>
/// Asks the API server what it serves: at the start, every few minutes, and at once when a CustomResourceDefinition of a group that we
/// care for
/// changes. Only the kinds that are tracked are looked at.
/// </summary>
[EntityRbac(typeof(V1CustomResourceDefinition), Verbs = RbacVerb.List | RbacVerb.Watch, Scope = RbacScope.Cluster)]
public sealed class ApiDiscovery : IApiDiscovery
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);
    private readonly IKubernetesClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Informer<CrdFacts> _crds;
    private readonly Lock _gate = new();
    private readonly Dictionary<ResourceType, bool> _served = [];
    private readonly List<Action<ResourceType, bool>> _handlers = [];
    private readonly HashSet<string> _known = [];
    private readonly Channel<bool> _changed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes a discovery; <see cref="RunAsync"/> starts it.</summary>
    public ApiDiscovery(IKubernetesClient client, TimeProvider? time = null, ILogger? log = null)
    {
        _client = client;
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger.Instance;
        // Small pages: single definitions reach a megabyte.
        _crds = new(client, ResourceType.Of<V1CustomResourceDefinition>(), CrdFacts.Read, new() { PageSize = 25 }, _time, _log);
        _crds.OnChange(OnDefinition);
    }

    /// <inheritdoc/>
    public bool HasSynced => _synced.Task.IsCompleted;

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken ct = default) => _synced.Task.WaitAsync(ct);

    /// <inheritdoc/>
    public void Track(ResourceType type)
    {
        lock (_gate)
        {
            _served.TryAdd(type, false);
        }
    }

    /// <inheritdoc/>
    public bool IsServed(ResourceType type)
    {
        lock (_gate)
        {
            return _served.TryGetValue(type, out var served)
                ? served
                : throw new InvalidOperationException($"Nobody looks after {type}: call Track before the start.");
        }
    }

    /// <inheritdoc/>
    public void OnChange(Action<ResourceType, bool> handler)
    {
        lock (_gate)
        {
            _handlers.Add(handler);
        }
    }

    /// <summary>Looks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var watching = _crds.RunAsync(ct);
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), _time);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var complete = await LookAsync(ct);
                _synced.TrySetResult();
                if (complete)
                {
                    backoff.Reset();
                }

                await WaitAsync(complete ? Period : backoff.Next(), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                _log.LogWarning("Cannot find out what the API server serves, trying again: {Problem}", e.Message);
                await backoff.PauseAsync(ct);
            }
        }

        await watching;
    }

    /// <summary>Asks for each group and version once.</summary>
    /// <returns>Whether discovery agrees with the definitions; it lags behind them for a moment.</returns>
    private async Task<bool> LookAsync(CancellationToken ct)
    {
        ResourceType[] types;
        lock (_gate)
        {
            types = [.. _served.Keys];
        }

        var complete = true;
        foreach (var version in types.GroupBy(t => (t.Group, t.Version)))
        {
            var (group, name) = version.Key;
            var path = group.Length == 0 ? $"/api/{name}" : $"/apis/{group}/{name}";
            var list = await _client.GetPathAsync<ApiResourceList>(path, ct);
            foreach (var type in version)
            {
                var listed = list?.Resources.Any(r => r.Name == type.Plural) == true;
                var defined = Defined(type);
                complete &= defined is null || defined == listed;
                // A definition that is going or not yet established is not served, whatever discovery still or already says. One that
                // stands and is not listed has just been made, or the API server has just been started: it stays as it was until they agree.
                if (listed || defined is not true)
                {
                    Set(type, listed && defined is not false);
                }
            }
        }

        return complete;
    }

    /// <summary>What the definitions say; null when they say nothing, because the kind is built in or we may not read them.</summary>
    private bool? Defined(ResourceType type)
    {
        if (_crds.Get(new("", type.ToString())) is { } definition)
        {
            return definition.IsServed(type);
        }

        lock (_gate)
        {
            return _known.Contains(type.ToString()) ? false : null;
        }
    }

    private void OnDefinition(InformerChange<CrdFacts> change)
    {
        bool matters;
        lock (_gate)
        {
            _known.Add(change.Key.Name);
            matters = _served.Keys.Any(t => t.ToString() == change.Key.Name);
        }

        if (matters)
        {
            _changed.Writer.TryWrite(true);
        }
    }

    private async Task WaitAsync(TimeSpan longest, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(longest, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            await _changed.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nothing changed; look nevertheless.
        }
    }

    private void Set(ResourceType type, bool served)
    {
        Action<ResourceType, bool>[] handlers;
        lock (_gate)
        {
            if (_served[type] == served)
            {
                return;
            }

            _served[type] = served;
            handlers = [.. _handlers];
        }

        _log.LogInformation("{Resource} {Change}", $"{type}/{type.Version}", served ? "is served" : "is not served any more");
        foreach (var handler in handlers)
        {
            handler(type, served);
        }
    }
}
