using System.Collections.Concurrent;
using System.Globalization;
using McpOperator.Kube;

namespace McpOperator.Reconcilers;

/// <summary>
/// The children of one kind as the cluster has them, and what we wrote that the watch has not brought back yet: without the latter a
/// reconcile that runs before its own writes arrive would write them again.
/// </summary>
public sealed class ChildCache
{
    private readonly ConcurrentDictionary<NamespacedName, Written> _unseen = new();
    private readonly Func<bool> _isServed;

    /// <summary>Wraps an informer.</summary>
    public ChildCache(IInformer<KubernetesDocument> informer)
    {
        Informer = informer;
        informer.OnChange(change =>
        {
            // What is gone is not on its way: deleted by hand, it has to be made anew.
            if (change.New is null)
            {
                Forget(change.Key);
            }
        });
        _isServed = informer is OptionalInformer<KubernetesDocument> optional ? () => optional.IsServed : static () => true;
    }

    /// <summary>The informer.</summary>
    public IInformer<KubernetesDocument> Informer { get; }

    /// <summary>Whether the cluster serves the kind.</summary>
    public bool IsServed => _isServed();

    /// <summary>The child as the cluster had it when the watch last spoke; nothing when it is not there.</summary>
    public KubernetesDocument? Get(NamespacedName key) => Informer.Get(key);

    /// <summary>Remembers a write until the watch has brought it back.</summary>
    internal void Remember(NamespacedName key, string hash, string resourceVersion) => _unseen[key] = new(hash, resourceVersion);

    /// <summary>Forgets what was written, because the child was deleted.</summary>
    internal void Forget(NamespacedName key) => _unseen.TryRemove(key, out _);

    /// <summary>Whether we wrote just this, and the watch has not got there yet.</summary>
    internal bool IsOnItsWay(NamespacedName key, string hash, KubernetesDocument? seen) =>
        _unseen.TryGetValue(key, out var written) && written.Hash == hash && (seen is null || !written.IsSeenIn(seen.ResourceVersion));

    /// <summary>Whether the API server stored our write in another form, so that writing it again would change nothing.</summary>
    internal bool IsAsStored(NamespacedName key, string hash, KubernetesDocument seen) =>
        _unseen.TryGetValue(key, out var written) && written.Hash == hash && written.ResourceVersion == seen.ResourceVersion;

    /// <summary>Whether a change is nothing but the echo of our own write, of which nobody has to be told.</summary>
    internal bool IsEcho(InformerChange<KubernetesDocument> change) =>
        change.New is { } seen && _unseen.TryGetValue(change.Key, out var written) && written.ResourceVersion == seen.ResourceVersion;

    private readonly record struct Written(string Hash, string ResourceVersion)
    {
        /// <summary>
        /// Versions are opaque, but of one kind they grow; client-go's informers rely on it as well. Should they ever not be numbers, a
        /// write counts as seen, and at worst is repeated without effect.
        /// </summary>
        public bool IsSeenIn(string resourceVersion) =>
            !ulong.TryParse(resourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
            || !ulong.TryParse(ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var written)
            || seen >= written;
    }
}
