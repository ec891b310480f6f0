using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Reconcilers.ServerAccess;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.MCPAccessGrants;

/// <summary>Says what wakes which grant.</summary>
public static class MCPAccessGrantController
{
    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(
        MCPAccessGrantReconciler reconciler, OperatorCaches caches, PublishedAccess published, IOperatorConfiguration configuration, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var controller = new Controller("mcpaccessgrant", reconciler.ReconcileAsync, options, time, log);
        controller.Reads(caches.Servers).Reads(caches.ToolConfigs).Reads(caches.Namespaces).Reads(caches.Grants);
        var wakeups = new AccessWakeups<MCPAccessGrant>(controller, caches.Grants, published, change => change.Grants, configuration);

        // Which tools there are, and whether the server exists.
        caches.Servers.OnChange(change =>
        {
            if (change.Old?.Metadata.Generation != change.New?.Metadata.Generation)
            {
                wakeups.WakeAllOf(change.Key);
            }
        });
        caches.ToolConfigs.OnChange(change =>
        {
            if (change.Old?.Metadata.Generation != change.New?.Metadata.Generation)
            {
                foreach (var server in caches.Servers.KeysByIndex(OperatorCaches.ByToolConfig, change.Key.ToString()))
                {
                    wakeups.WakeAllOf(server);
                }
            }
        });
        return controller;
    }
}
