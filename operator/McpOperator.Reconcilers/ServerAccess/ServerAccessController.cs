using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>Says what wakes the reconcile of which server's access.</summary>
public static class ServerAccessController
{
    /// <summary>Sessions that are made together shall be written together.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(50);

    /// <summary>While many are being made: this often. What takes rights away never waits.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(
        ServerAccessReconciler reconciler, OperatorCaches caches, PublishedAccess published, IOperatorConfiguration configuration, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var owner = ResourceType.Of<MCPServer>();
        var controller = new Controller("serveraccess", reconciler.ReconcileAsync, options, time, log);
        foreach (var source in new ISyncSource[] { caches.Servers, caches.Grants, caches.Sessions, caches.Namespaces, caches.AccessObjects.Informer })
        {
            controller.Reads(source);
        }

        // A server that appears, goes, is accepted, or gets an address.
        caches.Servers.OnChange(change =>
        {
            if (change.Old is null || change.New is null || change.Old.Metadata.Uid != change.New.Metadata.Uid
                || change.Old.Status.PolicyRevision is null != change.New.Status.PolicyRevision is null || change.Old.Status.Url != change.New.Status.Url)
            {
                controller.Enqueue(change.Key);
            }
        });

        caches.Grants.OnChange(change =>
        {
            if (AccessWakeups.IsNews(change.Old, change.New))
            {
                Wake(change.Old?.Spec.ServerRef, change.Key, TimeSpan.Zero);
                Wake(change.New?.Spec.ServerRef, change.Key, TimeSpan.Zero);
            }
        });

        caches.Sessions.OnChange(change =>
        {
            if (AccessWakeups.IsNews(change.Old, change.New))
            {
                var takesAway = change.Old is { } old && !AccessTime.HasEnded(AccessTime.Seconds(old.Spec.ExpiresAt), time.GetUtcNow().ToUnixTimeSeconds());
                var server = (change.New ?? change.Old)!.Spec.ServerRef;
                Wake(server, change.Key, takesAway ? TimeSpan.Zero : Patience(new(change.Key.Namespace, server.Name)));
            }
        });

        // An object of ours that somebody edited or deleted; not the echo of what we wrote.
        caches.AccessObjects.Informer.OnChange(change =>
        {
            if (!caches.AccessObjects.Acknowledge(change) && (change.New ?? change.Old) is { } child)
            {
                foreach (var key in Controller.OwnerKeys(child, owner))
                {
                    controller.Enqueue(key);
                }
            }
        });

        // The tenant is on every object as a label; how long sessions may last is the configuration's.
        controller.Watches(caches.Namespaces, ns => caches.Servers.KeysByIndex(OperatorCaches.ByNamespace, ns.Metadata.Name));
        configuration.Changed += () =>
        {
            foreach (var key in caches.Servers.Keys())
            {
                controller.Enqueue(key);
            }
        };
        return controller;

        void Wake(LocalReference? server, NamespacedName referrer, TimeSpan after)
        {
            if (server is not null)
            {
                controller.EnqueueAfter(new(referrer.Namespace, server.Name), after);
            }
        }

        TimeSpan Patience(NamespacedName server) => published.AgeOf(server) is { } age && Interval - age > Together ? Interval - age : Together;
    }
}
