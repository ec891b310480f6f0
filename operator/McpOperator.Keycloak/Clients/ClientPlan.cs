using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Keycloak.Admin;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Clients;

/// <summary>One thing to do about a client.</summary>
internal abstract record ClientChange(string Grant, string ClientId);

/// <summary>It is not there.</summary>
internal sealed record CreateClient(string Grant, Client Client) : ClientChange(Grant, Client.ClientId);

/// <summary>It is not as it should be. Detaching comes before attaching: Keycloak ignores an attachment in a second category.</summary>
internal sealed record UpdateClient(string Grant, string Id, string ClientId, bool Rotates, Client? Fields, IReadOnlyList<Attachment> Detached, IReadOnlyList<Attachment> Attached)
    : ClientChange(Grant, ClientId);

/// <summary>Its grant is gone, or has it no more.</summary>
internal sealed record DeleteClient(string Grant, string Id, string ClientId) : ClientChange(Grant, ClientId);

/// <summary>A scope that a client gets or loses.</summary>
internal sealed record Attachment(string ScopeId, ScopeCategory Category);

/// <summary>What there is to do about a realm's clients. Pure: what is wanted and what there is → what to do.</summary>
internal sealed record ClientPlan(IReadOnlyList<ClientChange> Changes, IReadOnlyDictionary<string, Problem> Problems)
{
    private const string ServiceAccountScope = "service_account";

    /// <summary>Plans.</summary>
    /// <param name="owner">Whose clients are ours.</param>
    /// <param name="grants">What all grants of the realm want.</param>
    /// <param name="live">All clients of the realm.</param>
    /// <param name="scopes">All scopes of the realm as they are by now.</param>
    /// <param name="defaults">Names of scopes that every token of our clients has, where the realm has them.</param>
    /// <param name="isSeen">Whether grants of a name (<c>namespace/name</c>) are among those that we look after; only then an absent one is gone.</param>
    public static ClientPlan Make(
        string owner, IReadOnlyList<GrantClient> grants, IReadOnlyList<Client> live, IReadOnlyList<ClientScope> scopes, IReadOnlyList<string> defaults, Func<string, bool> isSeen)
    {
        var problems = new Dictionary<string, Problem>(StringComparer.Ordinal);
        var byName = scopes.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var byClientId = live.ToDictionary(c => c.ClientId, StringComparer.Ordinal);
        var wanted = Settle(owner, grants, byClientId, problems);
        var changes = new List<ClientChange>();
        foreach (var client in live.Where(c => IsOurs(owner, c)))
        {
            var grant = GrantOf(client);
            if (isSeen(grant) && wanted.GetValueOrDefault(client.ClientId)?.Grant != grant)
            {
                // One that passes to another grant is made anew, with another secret.
                changes.Add(new DeleteClient(grant, client.Id!, client.ClientId));
                byClientId.Remove(client.ClientId);
            }
        }

        foreach (var (clientId, grant) in wanted)
        {
            var found = byClientId.GetValueOrDefault(clientId);
            var settings = WithScopes(ClientMaker.Make(owner, grant), grant, found);
            if (found is null)
            {
                changes.Add(new CreateClient(grant.Grant, settings));
            }
            else if (!IsOurs(owner, found))
            {
                problems.TryAdd(grant.Grant, new(Reasons.ClientNotOwned, $"spec.oauthClient.clientId: the realm has a client '{clientId}' that this operator did not make; it is left alone. Choose another id, or delete the client in Keycloak."));
            }
            else if (GrantOf(found) != grant.Grant)
            {
                problems.TryAdd(grant.Grant, Taken(clientId, GrantOf(found)));
            }
            else if (Difference(grant, settings, found, byName) is { } update)
            {
                changes.Add(update);
            }
        }

        return new(changes, problems);

        // The scopes of its own server alone, whatever the grant says; those that it has while nobody knows which it should have.
        Client WithScopes(Client client, GrantClient grant, Client? found)
        {
            var asked = grant.Scopes ?? [.. found?.DefaultClientScopes ?? [], .. found?.OptionalClientScopes ?? []];
            var granted = asked.Where(name => byName.TryGetValue(name, out var s) && ScopePlan.IsOurs(owner, s) && ScopePlan.ServerOf(s) == grant.Server);
            var always = defaults.Where(byName.ContainsKey);
            return grant.Assignment == ScopeAssignment.Default
                ? client with { DefaultClientScopes = [.. always.Concat(granted).Distinct()], OptionalClientScopes = [] }
                : client with { DefaultClientScopes = [.. always.Distinct()], OptionalClientScopes = [.. granted.Distinct()] };
        }
    }

    /// <summary>Whether a client is ours, by the attribute that only we write.</summary>
    public static bool IsOurs(string owner, Client client) => client.Attributes?.GetValueOrDefault(KeycloakAttributes.Owner) == owner;

    /// <summary>The grant that one of our clients is for.</summary>
    public static string GrantOf(Client client) => client.Attributes?.GetValueOrDefault(KeycloakAttributes.Grant) ?? "";

    private static SortedDictionary<string, GrantClient> Settle(string owner, IReadOnlyList<GrantClient> grants, Dictionary<string, Client> live, Dictionary<string, Problem> problems)
    {
        var settled = new SortedDictionary<string, GrantClient>(StringComparer.Ordinal);
        foreach (var grant in grants.OrderBy(g => HoldsAlready(g) ? 0 : 1).ThenBy(g => g.Created).ThenBy(g => g.Grant, StringComparer.Ordinal))
        {
            if (grant.Problem is { } problem)
            {
                problems.TryAdd(grant.Grant, problem);
            }
            else if (!settled.TryAdd(grant.ClientId, grant))
            {
                problems.TryAdd(grant.Grant, Taken(grant.ClientId, settled[grant.ClientId].Grant));
            }
        }

        return settled;

        bool HoldsAlready(GrantClient grant) => live.TryGetValue(grant.ClientId, out var client) && IsOurs(owner, client) && GrantOf(client) == grant.Grant;
    }

    private static UpdateClient? Difference(GrantClient grant, Client wanted, Client live, Dictionary<string, ClientScope> scopes)
    {
        var asked = grant.Rotation is { Length: > 0 } rotation && live.Attributes!.GetValueOrDefault(KeycloakAttributes.Rotation) != rotation;
        var rotates = grant.Confidential && (asked || string.IsNullOrEmpty(live.Secret));
        var differs = rotates || !IsAs(wanted, live);
        // Keycloak itself gives this one to clients with a service account.
        var given = wanted.ServiceAccountsEnabled == true ? [ServiceAccountScope] : Array.Empty<string>();
        var detached = Attachments(ScopeCategory.Default, Without(live.DefaultClientScopes, wanted.DefaultClientScopes).Except(given))
            .Concat(Attachments(ScopeCategory.Optional, Without(live.OptionalClientScopes, wanted.OptionalClientScopes))).ToList();
        var attached = Attachments(ScopeCategory.Default, Without(wanted.DefaultClientScopes, live.DefaultClientScopes))
            .Concat(Attachments(ScopeCategory.Optional, Without(wanted.OptionalClientScopes, live.OptionalClientScopes))).ToList();
        return differs || detached.Count + attached.Count > 0
            ? new(grant.Grant, live.Id!, live.ClientId, rotates, differs ? wanted with { Id = live.Id } : null, detached, attached)
            : null;

        static IEnumerable<string> Without(IReadOnlyList<string>? names, IReadOnlyList<string>? others) => (names ?? []).Except(others ?? []);

        IEnumerable<Attachment> Attachments(ScopeCategory category, IEnumerable<string> names) =>
            names.Where(scopes.ContainsKey).Select(name => new Attachment(scopes[name].Id!, category));
    }

    private static bool IsAs(Client wanted, Client live) =>
        live.Enabled == wanted.Enabled && live.Name == wanted.Name && live.Description == wanted.Description && live.Protocol == wanted.Protocol
        && live.PublicClient == wanted.PublicClient && (wanted.PublicClient == true || live.ClientAuthenticatorType == wanted.ClientAuthenticatorType)
        && live.StandardFlowEnabled == wanted.StandardFlowEnabled && live.ImplicitFlowEnabled == wanted.ImplicitFlowEnabled
        && live.DirectAccessGrantsEnabled == wanted.DirectAccessGrantsEnabled && live.ServiceAccountsEnabled == wanted.ServiceAccountsEnabled
        && live.FullScopeAllowed == wanted.FullScopeAllowed && live.ConsentRequired == wanted.ConsentRequired
        && (live.RedirectUris ?? []).ToHashSet().SetEquals(wanted.RedirectUris!) && (live.WebOrigins ?? []).Count == 0
        && wanted.Attributes!.All(a => live.Attributes!.GetValueOrDefault(a.Key) == a.Value);

    private static Problem Taken(string clientId, string grant) =>
        new(Reasons.ClientConflict, $"spec.oauthClient.clientId: the client '{clientId}' belongs to the grant {grant}; choose another id.");
}
