using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Keycloak.Clients;
using McpOperator.Keycloak.Realms;
using McpOperator.Keycloak.Scopes;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Realms;

/// <summary>What the cluster has → what its realm should have. Pure.</summary>
internal static class RealmWishes
{
    /// <summary>Concludes.</summary>
    /// <param name="observed">What the cluster has.</param>
    /// <param name="looksAtClients">Whether clients may be left in the realm that no grant wants any more.</param>
    /// <param name="defaults">What is to be done about clients that register themselves.</param>
    /// <param name="now">The time, against which grants' ends are held.</param>
    public static RealmWanted Make(RealmObserved observed, bool looksAtClients, RealmDefaults defaults, DateTime now)
    {
        var tools = observed.Servers.ToDictionary(s => KeyOf(s.Server), s => s, StringComparer.Ordinal);
        return new()
        {
            Owner = observed.Owner,
            Servers = [.. observed.Servers.Where(s => s.Server.Metadata.DeletionTimestamp is null).Select(ScopesOf)],
            Clients = [.. observed.Grants.Select(g => ClientOf(g, tools, now))],
            LooksAtClients = looksAtClients || observed.Grants.Count > 0,
            ClientDefaults = observed.Configuration.Keycloak.ClientScopes,
            Defaults = defaults,
            IsSeen = ns => observed.Namespace is null || ns == observed.Namespace,
        };
    }

    /// <summary>The address that tokens for a server name; nothing while it has none.</summary>
    public static string? AudienceOf(MCPServer server) => server.Spec.Auth?.Audience ?? server.Spec.Auth?.ResourceUrl ?? server.Status.Url;

    private static ServerScopes ScopesOf(RealmServer observed)
    {
        var (server, audience) = (observed.Server, AudienceOf(observed.Server));
        return new()
        {
            Server = KeyOf(server),
            Created = server.Metadata.CreationTimestamp ?? DateTime.MaxValue,
            OwnUrl = server.Status.Url,
            Audience = audience ?? $"urn:none:{KeyOf(server)}",
            BaseScope = BaseScopeOf(server),
            Tools = observed.Tools is not { } tools || (tools.Count > 0 && audience is null) ? null : [.. tools.Select(t => ToolOf(server, t))],
        };
    }

    private static ScopedTool ToolOf(MCPServer server, SurfaceTool tool)
    {
        var (ns, name) = (server.Metadata.NamespaceProperty!, server.Metadata.Name);
        return new(
            tool.Name,
            tool.Description,
            tool.Scope ?? ToolScopes.NameOf(ns, name, tool.Name),
            tool.Scope is { } own ? ToolScopes.ProblemOf(ns, name, own) : null);
    }

    private static GrantClient ClientOf(RealmGrant observed, Dictionary<string, RealmServer> servers, DateTime now)
    {
        var (grant, client) = (observed.Grant, observed.Grant.Spec.OauthClient!);
        var server = $"{grant.Metadata.NamespaceProperty}/{grant.Spec.ServerRef.Name}";
        return new()
        {
            Grant = $"{grant.Metadata.NamespaceProperty}/{grant.Metadata.Name}",
            Server = server,
            Created = grant.Metadata.CreationTimestamp ?? DateTime.MaxValue,
            ClientId = client.ClientId,
            Enabled = !grant.Spec.Disabled && !(grant.Spec.ExpiresAt <= now),
            Confidential = client.Confidential,
            RedirectUris = client.RedirectUris ?? [],
            Scopes = servers.TryGetValue(server, out var found) ? found.Tools is { } tools ? ScopesOf(grant, found.Server, tools) : null : [],
            Assignment = client.ScopeAssignment,
            Rotation = grant.Metadata.Annotations?.GetValueOrDefault(Annotations.RotateSecret),
            Problem = observed.Problem is { } broken ? new(broken.Reason, broken.ToString())
                : client is { Confidential: false, RedirectUris: null or { Count: 0 } }
                    ? new(Reasons.Invalid, "spec.oauthClient.redirectUris: a client without a secret gets tokens only through a redirect; name an address, or set confidential.")
                    : null,
        };
    }

    /// <summary>The server's base scope, and the scopes of the tools that the grant allows, by the rule that the proxy applies.</summary>
    private static List<string> ScopesOf(MCPAccessGrant grant, MCPServer server, IReadOnlyList<SurfaceTool> tools)
    {
        var table = new ToolTable(new ToolPolicy
        {
            Declared = [.. tools.Select(t => new DeclaredTool
            {
                Name = t.Name,
                Description = t.Description,
                SideEffect = t.SideEffect ?? SideEffect.Destructive,
                RequiredTrust = t.RequiredTrust ?? TrustLevel.High,
            })],
        });
        var allowed = GrantScope.ToolsOf(AccessCompiler.EntryOf(grant), table).ToHashSet(StringComparer.Ordinal);
        return tools.Count == 0 ? [] : [BaseScopeOf(server), .. tools.Where(t => allowed.Contains(t.Name)).Select(t => ToolOf(server, t)).Where(t => t.Problem is null).Select(t => t.Scope).Distinct()];
    }

    private static string BaseScopeOf(MCPServer server) => ToolScopes.BaseOf(server.Metadata.NamespaceProperty!, server.Metadata.Name);

    private static string KeyOf(MCPServer server) => $"{server.Metadata.NamespaceProperty}/{server.Metadata.Name}";
}
