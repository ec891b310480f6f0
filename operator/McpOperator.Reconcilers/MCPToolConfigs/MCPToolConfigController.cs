using McpOperator.Kube;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.MCPToolConfigs;

/// <summary>Says what wakes which tool configuration.</summary>
public static class MCPToolConfigController
{
    /// <summary>A thousand servers that appear at once shall not make a thousand writes of one list of names.</summary>
    private static readonly TimeSpan UsersSettle = TimeSpan.FromSeconds(1);

    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(MCPToolConfigReconciler reconciler, OperatorCaches caches, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var controller = new Controller("mcptoolconfig", reconciler.ReconcileAsync, options, time, log);
        controller.WatchesSelf(caches.ToolConfigs);

        // Who uses a configuration changes only when a server appears, goes, or names another one.
        controller.Reads(caches.Servers);
        caches.Servers.OnChange(change =>
        {
            var (before, after) = (change.Old?.Spec.ToolConfigRef?.Name, change.New?.Spec.ToolConfigRef?.Name);
            foreach (var name in before == after ? [] : new[] { before, after }.OfType<string>())
            {
                controller.EnqueueAfter(new NamespacedName(change.Key.Namespace, name), UsersSettle);
            }
        });
        return controller;
    }
}
