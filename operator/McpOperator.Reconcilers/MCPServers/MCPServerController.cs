using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>Says what wakes which server.</summary>
public static class MCPServerController
{
    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(MCPServerReconciler reconciler, OperatorCaches caches, IOperatorConfiguration configuration, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var owner = ResourceType.Of<MCPServer>();
        var controller = new Controller("mcpserver", reconciler.ReconcileAsync, options, time, log);

        // The server itself, but not our own writes of its status.
        controller.Reads(caches.Servers);
        caches.Servers.OnChange(change =>
        {
            if (change.New is { } server && (change.Old is null || IsNews(change.Old, server)))
            {
                controller.Enqueue(change.Key);
            }
        });

        // A child that was edited, deleted or got a status; not the echo of what we wrote.
        foreach (var cache in caches.Children.Values)
        {
            controller.Reads(cache.Informer);
            cache.Informer.OnChange(change =>
            {
                if (!cache.Acknowledge(change) && (change.New ?? change.Old) is { } child)
                {
                    foreach (var key in Controller.OwnerKeys(child, owner))
                    {
                        controller.Enqueue(key);
                    }
                }
            });
            if (cache.Informer is OptionalInformer<KubernetesDocument> optional)
            {
                controller.WatchesAvailability(optional, caches.Servers.Keys);
            }
        }

        // Pods tell why a Deployment does not get ready.
        controller.Watches(caches.Pods, static pod => pod.Label(Labels.Server) is { } server ? [new NamespacedName(pod.Namespace, server)] : []);

        // What servers refer to: a tool configuration, a permission profile, their namespace's tenant.
        controller.WatchesReferenced(caches.ToolConfigs, caches.Servers, OperatorCaches.ByToolConfig);
        controller.WatchesReferenced(caches.Profiles, caches.Servers, OperatorCaches.ByProfile);
        controller.Watches(caches.Namespaces, ns => caches.Servers.List(ns.Metadata.Name).Select(s => new NamespacedName(ns.Metadata.Name, s.Metadata.Name)));

        // A gateway's namespace that comes or goes: what servers say of it changes.
        controller.Watches(caches.Namespaces, ns => configuration.Current.Network.GatewayNamespaces.Contains(ns.Metadata.Name) ? caches.Servers.Keys() : []);

        // A server that goes makes room for one that was over its tenant's quota.
        caches.Servers.OnChange(change =>
        {
            foreach (var key in change.New is null ? caches.Servers.KeysByIndex(OperatorCaches.OverQuota, OperatorCaches.OverQuota) : [])
            {
                controller.Enqueue(key);
            }
        });

        // The operator's configuration is an input of every child.
        configuration.Changed += () =>
        {
            foreach (var key in caches.Servers.Keys())
            {
                controller.Enqueue(key);
            }
        };
        return controller;
    }

    private static bool IsNews(MCPServer before, MCPServer after) =>
        before.Metadata.Uid != after.Metadata.Uid
        || before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp
        || !(before.Metadata.Annotations ?? Nothing).OrderBy(a => a.Key).SequenceEqual((after.Metadata.Annotations ?? Nothing).OrderBy(a => a.Key));

    private static IReadOnlyDictionary<string, string> Nothing { get; } = new Dictionary<string, string>();
}
