using McpOperator.Admission.Decisions;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.Realms;

/// <summary>Says what wakes which realm. Its keys are realms' names, without a namespace.</summary>
public static class RealmController
{
    /// <summary>A thousand servers that appear at once shall be one pass.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    /// <summary>Wires a controller; its <see cref="Controller.RunAsync"/> starts it.</summary>
    public static Controller Create(
        RealmReconciler reconciler, OperatorCaches caches, RealmVerdicts verdicts, IOperatorConfiguration configuration, ControllerOptions options, TimeProvider time, ILogger log)
    {
        var secrets = caches.Children[ResourceType.Of<V1Secret>()].Informer;
        var controller = new Controller("realm", reconciler.ReconcileAsync, options, time, log);
        var versions = caches.Children[ResourceType.Of<V1ControllerRevision>()].Informer;
        foreach (var source in new ISyncSource[] { caches.Servers, caches.Grants, caches.Namespaces, secrets, versions })
        {
            controller.Reads(source);
        }

        // What a realm should have: tools that were approved, under an address, and clients.
        caches.Servers.OnChange(change =>
        {
            if (change.New is null)
            {
                verdicts.SetServer(change.Key, null);
            }

            if (change.Old is null || change.New is null || IsNews(change.Old, change.New))
            {
                Wake(change.Key.Namespace, change.New is { } server && ScopesFinalizer.IsOn(server));
            }
        });
        caches.Grants.OnChange(change =>
        {
            if (change.New?.Spec.OauthClient is null)
            {
                verdicts.SetGrant(change.Key, null);
            }

            if ((change.Old?.Spec.OauthClient ?? change.New?.Spec.OauthClient) is not null && (change.Old is null || change.New is null || IsNews(change.Old, change.New)))
            {
                Wake(change.Key.Namespace);
            }
        });

        // A client's Secret that was deleted or edited.
        secrets.OnChange(change =>
        {
            if ((change.New ?? change.Old) is { } secret && ClientSecrets.IsOne(secret))
            {
                Wake(change.Key.Namespace);
            }
        });

        // What an approved version is made of may come later than the word that it was approved.
        versions.OnChange(change =>
        {
            if (change.Old is null)
            {
                Wake(change.Key.Namespace);
            }
        });

        // Another tenant is another realm; what was in the old one is left over there.
        caches.Namespaces.OnChange(change =>
        {
            var (before, after) = (TenantOf(change.Old), TenantOf(change.New));
            if (change.Old is not null && before != after)
            {
                WakeAll();
            }
        });
        configuration.Changed += WakeAll;
        WakeAll();
        return controller;

        // Without a realm there is nothing to do, save to let servers go that still wait for one.
        void Wake(string ns, bool waits = false)
        {
            var realm = TenantRealms.Of(Tenants.Of(ns, caches.Namespaces.Get(new("", ns))?.Metadata.Labels), configuration.Current.Keycloak);
            if (realm is not null || waits)
            {
                controller.EnqueueAfter(new("", realm ?? ""), Settle);
            }
        }

        void WakeAll()
        {
            foreach (var realm in TenantRealms.All(configuration.Current.Keycloak).Append(""))
            {
                controller.Enqueue(new("", realm));
            }
        }
    }

    private static string? TenantOf(V1Namespace? ns) => ns is null ? null : Tenants.Of(ns.Metadata.Name, ns.Metadata.Labels);

    /// <summary>Most changes of a server are changes of its status that say nothing about scopes.</summary>
    private static bool IsNews(MCPServer before, MCPServer after) =>
        before.Metadata.Uid != after.Metadata.Uid
        || before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp
        || before.Status.Url != after.Status.Url
        || ReviewDecision.Target(before.Status) != ReviewDecision.Target(after.Status)
        || ScopesFinalizer.IsOn(before) != ScopesFinalizer.IsOn(after);

    private static bool IsNews(MCPAccessGrant before, MCPAccessGrant after) =>
        before.Metadata.Uid != after.Metadata.Uid
        || before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp
        || before.Metadata.Annotations?.GetValueOrDefault(Api.Annotations.RotateSecret) != after.Metadata.Annotations?.GetValueOrDefault(Api.Annotations.RotateSecret);
}
