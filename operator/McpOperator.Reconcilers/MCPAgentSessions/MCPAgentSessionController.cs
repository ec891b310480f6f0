using McpOperator.Api.V1Alpha1;
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
        var wakeups = new AccessWakeups<MCPAgentSession>(controller, caches.Sessions, published, change => change.Sessions, configuration);

        // Whether a session has a grant, and whether its server exists.
        caches.Grants.OnChange(change =>
        {
            if (AccessWakeups.IsNews(change.Old, change.New))
            {
                foreach (var server in new[] { change.Old?.Spec.ServerRef.Name, change.New?.Spec.ServerRef.Name }.OfType<string>().Distinct())
                {
                    wakeups.WakeAllOf(new(change.Key.Namespace, server), GrantsSettle);
                }
            }
        });
        caches.Servers.OnChange(change =>
        {
            if (change.Old is null || change.New is null)
            {
                wakeups.WakeAllOf(change.Key, GrantsSettle);
            }
        });
        return controller;
    }
}
