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
    private static readonly Written Pending = new("", "");

    private readonly ConcurrentDictionary<NamespacedName, Written> _unseen = new();
    private readonly ConcurrentDictionary<NamespacedName, string> _corrected = new();
    private readonly Func<bool> _isServed;

    /// <summary>Wraps an informer.</summary>
    public ChildCache(IInformer<KubernetesDocument> informer)
    {
        Informer = informer;
        _isServed = informer is OptionalInformer<KubernetesDocument> optional ? () => optional.IsServed : static () => true;

        // What is gone is not on its way any more. Should the write be newer than this news, the next creation finds that it exists.
        informer.OnChange(change =>
        {
            if (change.New is null)
            {
                _unseen.TryRemove(change.Key, out _);
                _corrected.TryRemove(change.Key, out _);
            }
        });
    }

    /// <summary>The informer.</summary>
    public IInformer<KubernetesDocument> Informer { get; }

    /// <summary>Whether the cluster serves the kind.</summary>
    public bool IsServed => _isServed();

    /// <summary>The child as the cluster had it when the watch last spoke; nothing when it is not there.</summary>
    public KubernetesDocument? Get(NamespacedName key) => Informer.Get(key);

    /// <summary>A write is about to be sent.</summary>
    internal void Begin(NamespacedName key) => _unseen[key] = Pending;

    /// <summary>
    /// Remembers a write until the watch has brought it back; unless the watch has told, before the API server's answer came, that the
    /// child is gone again: then nothing is on its way, and waiting for it would be for ever.
    /// </summary>
    internal void Remember(NamespacedName key, string hash, string resourceVersion) => _unseen.TryUpdate(key, new(hash, resourceVersion), Pending);

    /// <summary>Remembers in which version the API server stored a child that we put right.</summary>
    internal void RememberCorrected(NamespacedName key, string resourceVersion) => _corrected[key] = resourceVersion;

    /// <summary>Whether we wrote just this, and the watch has not got there yet.</summary>
    internal bool IsOnItsWay(NamespacedName key, string hash, KubernetesDocument? seen) =>
        _unseen.TryGetValue(key, out var written) && written.Hash == hash && (seen is null || !written.IsSeenIn(seen.ResourceVersion));

    /// <summary>
    /// Whether this is what came of putting the child right: the API server stores it in another form, and writing it again would change
    /// nothing, for ever.
    /// </summary>
    internal bool IsAsCorrected(KubernetesDocument seen) => _corrected.TryGetValue(seen.Key, out var version) && version == seen.ResourceVersion;

    /// <summary>Takes note of what the watch brought.</summary>
    /// <returns>Whether it is nothing but the echo of our own write, of which nobody has to be told.</returns>
    internal bool Acknowledge(InformerChange<KubernetesDocument> change) =>
        change.New is { } seen && _unseen.TryGetValue(change.Key, out var written) && written != Pending && written.IsSeenIn(seen.ResourceVersion)
        && _unseen.TryRemove(KeyValuePair.Create(change.Key, written)) && written.ResourceVersion == seen.ResourceVersion;

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
