using System.Collections.Concurrent;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Kube;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Realms;

/// <summary>What the last pass over a realm found about one object.</summary>
/// <param name="IsGood">Whether the realm has what it should; nothing while that is not known.</param>
/// <param name="Reason">One word for machines, from <see cref="Reasons"/>.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record RealmVerdict(bool? IsGood, string Reason, string Message = "")
{
    /// <summary>The realm has what it should.</summary>
    public static RealmVerdict Good { get; } = new(true, Reasons.Synced);
}

/// <summary>Puts verdicts into statuses.</summary>
internal static class RealmConditions
{
    /// <summary>Marks a condition by what is known of the realm.</summary>
    /// <param name="conditions">The conditions.</param>
    /// <param name="type">The condition.</param>
    /// <param name="verdict">What is known; nothing when Keycloak is not in use.</param>
    public static void Mark(this Conditions conditions, string type, RealmVerdict? verdict)
    {
        switch (verdict)
        {
            case null:
                conditions.True(type, Reasons.NotRequested);
                break;
            case { IsGood: true }:
                conditions.True(type, verdict.Reason, verdict.Message);
                break;
            case { IsGood: false }:
                conditions.False(type, verdict.Reason, verdict.Message);
                break;
            default:
                conditions.Unknown(type, verdict.Reason, verdict.Message);
                break;
        }
    }
}

/// <summary>
/// What passes over realms found, for the reconcilers of those whom it concerns. They read it here and never ask Keycloak: a realm that is
/// away costs them nothing, and a realm is asked once for all of them.
/// </summary>
public sealed class RealmVerdicts
{
    private readonly Board _servers = new();
    private readonly Board _grants = new();

    /// <summary>Raised when there is something else to say about a server.</summary>
    public event Action<NamespacedName>? ServerChanged
    {
        add => _servers.Changed += value;
        remove => _servers.Changed -= value;
    }

    /// <summary>Raised when there is something else to say about a grant.</summary>
    public event Action<NamespacedName>? GrantChanged
    {
        add => _grants.Changed += value;
        remove => _grants.Changed -= value;
    }

    /// <summary>About a server's scopes.</summary>
    /// <returns>Nothing when Keycloak is not in use.</returns>
    public RealmVerdict? OfServer(NamespacedName server, string tenant, KeycloakSettings settings) => Of(_servers, server, tenant, settings);

    /// <summary>About a grant's OAuth client.</summary>
    /// <returns>Nothing when Keycloak is not in use.</returns>
    public RealmVerdict? OfGrant(NamespacedName grant, string tenant, KeycloakSettings settings) => Of(_grants, grant, tenant, settings);

    /// <summary>What was said about a server last.</summary>
    internal RealmVerdict? FindServer(NamespacedName server) => _servers.Find(server);

    /// <summary>Says something about a server; nothing forgets it.</summary>
    internal void SetServer(NamespacedName server, RealmVerdict? verdict) => _servers.Set(server, verdict);

    /// <summary>Says something about a grant; nothing forgets it.</summary>
    internal void SetGrant(NamespacedName grant, RealmVerdict? verdict) => _grants.Set(grant, verdict);

    private static RealmVerdict? Of(Board board, NamespacedName key, string tenant, KeycloakSettings settings) =>
        settings.Url is null ? null
        : TenantRealms.Of(tenant, settings) is { } realm ? board.Find(key) ?? new(null, Reasons.Progressing, $"Waits for a look at the realm '{realm}'.")
        : new(false, Reasons.RealmUnmapped, $"The tenant '{tenant}' has no realm in the operator's configuration; name one in keycloak.realmByTenant, or keycloak.realm for all.");

    private sealed class Board
    {
        private readonly ConcurrentDictionary<NamespacedName, RealmVerdict> _verdicts = new();

        public Action<NamespacedName>? Changed { get; set; }

        public RealmVerdict? Find(NamespacedName key) => _verdicts.GetValueOrDefault(key);

        public void Set(NamespacedName key, RealmVerdict? verdict)
        {
            var before = Find(key);
            if (verdict is null)
            {
                _verdicts.TryRemove(key, out _);
            }
            else
            {
                _verdicts[key] = verdict;
            }

            if (before != verdict)
            {
                Changed?.Invoke(key);
            }
        }
    }
}
