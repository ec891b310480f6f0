using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>
/// What wakes grants and sessions alike: that they are made or changed, that something else is published of them, that the configuration is
/// another one, and, as their controllers say, what becomes of their server.
/// </summary>
internal sealed class AccessWakeups<T> where T : KubernetesEntity
{
    private readonly Controller _controller;
    private readonly IInformer<T> _all;

    /// <summary>Wires what they have in common.</summary>
    /// <param name="controller">The controller that is woken.</param>
    /// <param name="all">All grants, or all sessions.</param>
    /// <param name="published">Tells of what is published.</param>
    /// <param name="keysOf">Whichever of the two a publication changes.</param>
    /// <param name="configuration">The operator's configuration.</param>
    public AccessWakeups(
        Controller controller, IInformer<T> all, PublishedAccess published, Func<PublicationChange, IReadOnlyList<NamespacedName>> keysOf, IOperatorConfiguration configuration)
    {
        (_controller, _all) = (controller, all);
        all.OnChange(change =>
        {
            if (change.New is not null && AccessWakeups.IsNews(change.Old, change.New))
            {
                controller.Enqueue(change.Key);
            }
        });
        published.Changed += change => Wake(keysOf(change), TimeSpan.Zero);
        configuration.Changed += () => Wake(all.Keys(), TimeSpan.Zero);
    }

    /// <summary>Wakes all that name a server.</summary>
    public void WakeAllOf(NamespacedName server, TimeSpan after = default) => Wake(_all.KeysByIndex(OperatorCaches.ByServer, server.ToString()), after);

    private void Wake(IEnumerable<NamespacedName> keys, TimeSpan after)
    {
        foreach (var key in keys)
        {
            _controller.EnqueueAfter(key, after);
        }
    }
}

/// <summary>What a change of a grant or a session amounts to.</summary>
internal static class AccessWakeups
{
    /// <summary>Whether a change is one of more than the status: our own writes of that are none.</summary>
    public static bool IsNews<T>(T? before, T? after) where T : KubernetesEntity =>
        before is null || after is null || before.Metadata.Uid != after.Metadata.Uid || before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp;
}
