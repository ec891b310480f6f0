using System.Collections.Concurrent;
using System.Globalization;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>
/// Objects whose status we wrote, until the watch has brought them back. A pass that runs before that would start from an older status:
/// it would count a version twice, or run into a conflict with ourselves.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
internal sealed class FreshStatus<T> where T : KubernetesEntity
{
    private readonly ConcurrentDictionary<NamespacedName, T> _unseen = new();
    private readonly IInformer<T> _informer;

    /// <summary>Follows an informer, so that nothing is remembered for longer than need be.</summary>
    public FreshStatus(IInformer<T> informer)
    {
        _informer = informer;
        informer.OnChange(change => Newest(change.Key, change.New));
    }

    /// <summary>Remembers what the API server answered to a write of ours. The watch may have been quicker.</summary>
    public void Remember(NamespacedName key, T written)
    {
        _unseen[key] = written;
        Newest(key);
    }

    /// <summary>The newer of what the watch brought and what we wrote; nothing when the object is gone.</summary>
    public T? Newest(NamespacedName key) => Newest(key, _informer.Get(key));

    private T? Newest(NamespacedName key, T? seen)
    {
        if (!_unseen.TryGetValue(key, out var written))
        {
            return seen;
        }

        if (seen is not null && seen.Metadata.Uid == written.Metadata.Uid && Version(seen) < Version(written))
        {
            return written;
        }

        _unseen.TryRemove(key, out _);
        return seen;
    }

    /// <summary>Versions are opaque, but of one kind they grow; should they not be numbers, what the watch brought counts.</summary>
    private static ulong Version(T entity) =>
        ulong.TryParse(entity.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : ulong.MaxValue;
}
