using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.Realms;

/// <summary>One server of a realm, as the cluster has it.</summary>
/// <param name="Server">The server.</param>
/// <param name="Tools">The tools of the version that was approved; nothing when they are not known just now.</param>
internal sealed record RealmServer(MCPServer Server, IReadOnlyList<SurfaceTool>? Tools);

/// <summary>One grant of a realm that asks for a client, or has one.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Problem">The first rule that it breaks.</param>
internal sealed record RealmGrant(MCPAccessGrant Grant, Admission.Violation? Problem);

/// <summary>Everything that one pass over a realm knows of the cluster, read once at its start.</summary>
internal sealed record RealmObserved
{
    /// <summary>The realm; empty: servers whose tenant has none.</summary>
    public required string Realm { get; init; }

    /// <summary>The operator's configuration.</summary>
    public required OperatorConfiguration Configuration { get; init; }

    /// <summary>What tells our objects in Keycloak from those of other clusters: the cluster's own identity.</summary>
    public required string Owner { get; init; }

    /// <summary>The only namespace that we look after; nothing: all.</summary>
    public required string? Namespace { get; init; }

    /// <summary>The servers, those that are being deleted included.</summary>
    public required IReadOnlyList<RealmServer> Servers { get; init; }

    /// <summary>The grants with a client, those that are being deleted not included.</summary>
    public required IReadOnlyList<RealmGrant> Grants { get; init; }

    /// <summary>Reads the caches.</summary>
    public static RealmObserved Of(string realm, OperatorCaches caches, OperatorConfiguration configuration, string? ns)
    {
        var tenants = caches.Namespaces.List().ToDictionary(n => n.Metadata.Name, n => Tenants.Of(n.Metadata.Name, n.Metadata.Labels), StringComparer.Ordinal);
        string TenantOf(string? n) => tenants.GetValueOrDefault(n!) ?? n!;
        bool IsHere(string? n) => (TenantRealms.Of(TenantOf(n), configuration.Keycloak) ?? "") == realm;

        V1ControllerRevision? KeptOf(MCPServer s) => ReviewDecision.Target(s.Status)?.Content is { Length: 64 } content
            ? caches.Children[ResourceType.Of<V1ControllerRevision>()].Get(new(s.Metadata.NamespaceProperty!, ChildNames.Version(s.Metadata.Name, content)))?.Deserialize<V1ControllerRevision>()
            : null;

        return new()
        {
            Realm = realm,
            Configuration = configuration,
            Owner = caches.Namespaces.Get(new("", "kube-system"))?.Metadata.Uid ?? "",
            Namespace = ns,
            Servers = [.. caches.Servers.List().Where(s => IsHere(s.Metadata.NamespaceProperty)).Select(s =>
                new RealmServer(s, TenantRealms.HasScopes(s.Spec, TenantOf(s.Metadata.NamespaceProperty), configuration) ? ApprovedTools.Of(s, KeptOf(s)) : []))],
            Grants = [.. caches.Grants.List()
                .Where(g => g is { Metadata.DeletionTimestamp: null, Spec.OauthClient: not null } && IsHere(g.Metadata.NamespaceProperty))
                .Select(g => new RealmGrant(g, AccessGuard.Check(g, TenantOf(g.Metadata.NamespaceProperty), configuration) is [var first, ..] ? first : null))],
        };
    }
}
