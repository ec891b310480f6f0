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
        caches.Grants.OnChange(change =>
        {
            if (change.New is { } grant && (change.Old is null || change.Old.Metadata.Generation != grant.Metadata.Generation || change.Old.Metadata.Uid != grant.Metadata.Uid))
            {
                controller.Enqueue(change.Key);
            }
        });
        published.Changed += change =>
        {
            foreach (var key in change.Grants)
            {
                controller.Enqueue(key);
            }
        };

        // Which tools there are, and whether the server exists.
        caches.Servers.OnChange(change =>
        {
            if (change.Old?.Metadata.Generation != change.New?.Metadata.Generation)
            {
                WakeAll(change.Key);
            }
        });
        caches.ToolConfigs.OnChange(change =>
        {
            if (change.Old?.Metadata.Generation != change.New?.Metadata.Generation)
            {
                foreach (var server in caches.Servers.KeysByIndex(OperatorCaches.ByToolConfig, change.Key.ToString()))
                {
                    WakeAll(server);
                }
            }
        });
        configuration.Changed += () =>
        {
            foreach (var key in caches.Grants.Keys())
            {
                controller.Enqueue(key);
            }
        };
        return controller;

        void WakeAll(NamespacedName server)
        {
            foreach (var key in caches.Grants.KeysByIndex(OperatorCaches.ByServer, server.ToString()))
            {
                controller.Enqueue(key);
            }
        }
    }
}
