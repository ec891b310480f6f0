using McpOperator.Kube;
using McpOperator.Reconcilers.ServerAccess;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.MCPAgentSessions;

/// <summary>Says what wakes which session.</summary>
public static class MCPAgentSessionController
{
    /// <summary>A thousand grants that appear at once shall not look at ten thousand sessions a thousand times.</summary>
    private static readonly TimeSpan GrantsSettle = TimeSpan.FromSeconds(1);

    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(
        MCPAgentSessionReconciler reconciler, OperatorCaches caches, PublishedAccess published, IOperatorConfiguration configuration, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var controller = new Controller("mcpagentsession", reconciler.ReconcileAsync, options, time, log);
        controller.Reads(caches.Servers).Reads(caches.Grants).Reads(caches.Namespaces).Reads(caches.Sessions);
        caches.Sessions.OnChange(change =>
        {
            if (change.New is { } session && (change.Old is null || change.Old.Metadata.Generation != session.Metadata.Generation || change.Old.Metadata.Uid != session.Metadata.Uid))
            {
                controller.Enqueue(change.Key);
            }
        });
        published.Changed += change =>
        {
            foreach (var key in change.Sessions)
            {
                controller.Enqueue(key);
            }
        };

        // Whether a session has a grant, and whether its server exists.
        caches.Grants.OnChange(change =>
        {
            if (change.Old is null || change.New is null || change.Old.Metadata.Generation != change.New.Metadata.Generation)
            {
                foreach (var server in new[] { change.Old?.Spec.ServerRef.Name, change.New?.Spec.ServerRef.Name }.OfType<string>().Distinct())
                {
                    WakeAll(new(change.Key.Namespace, server), GrantsSettle);
                }
            }
        });
        caches.Servers.OnChange(change =>
        {
            if (change.Old is null || change.New is null)
            {
                WakeAll(change.Key, GrantsSettle);
            }
        });
        configuration.Changed += () =>
        {
            foreach (var key in caches.Sessions.Keys())
            {
                controller.Enqueue(key);
            }
        };
        return controller;

        void WakeAll(NamespacedName server, TimeSpan after)
        {
            foreach (var key in caches.Sessions.KeysByIndex(OperatorCaches.ByServer, server.ToString()))
            {
                controller.EnqueueAfter(key, after);
            }
        }
    }
}
