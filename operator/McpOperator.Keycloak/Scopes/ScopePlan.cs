using McpOperator.Api;
using McpOperator.Keycloak.Admin;

namespace McpOperator.Keycloak.Scopes;

/// <summary>Something about a server's scopes that is not as wanted.</summary>
/// <param name="Reason">One word for machines, from <see cref="Reasons"/>.</param>
/// <param name="Message">The field or the object, the reason and the fix.</param>
public sealed record Problem(string Reason, string Message);

/// <summary>One thing to do about a scope.</summary>
internal abstract record ScopeChange(string Server, string Name);

/// <summary>It is not there.</summary>
internal sealed record CreateScope(string Server, ClientScope Scope) : ScopeChange(Server, Scope.Name);

/// <summary>It is not as it should be. Its own fields and its mappers change through different addresses.</summary>
internal sealed record UpdateScope(string Server, string Id, ClientScope? Fields, IReadOnlyList<ProtocolMapper> Added, IReadOnlyList<ProtocolMapper> Changed, IReadOnlyList<ProtocolMapper> Removed, string Name)
    : ScopeChange(Server, Name);

/// <summary>Its tool or its server is gone.</summary>
internal sealed record DeleteScope(string Server, string Id, string Name) : ScopeChange(Server, Name);

/// <summary>What there is to do about a realm's scopes. Pure: what is wanted and what there is → what to do.</summary>
internal sealed record ScopePlan(IReadOnlyList<ScopeChange> Changes, IReadOnlyDictionary<string, Problem> Problems)
{
    /// <summary>Plans.</summary>
    /// <param name="owner">Whose scopes are ours.</param>
    /// <param name="servers">What all servers of the realm want.</param>
    /// <param name="live">All scopes of the realm.</param>
    /// <param name="isSeen">Whether servers of a name (<c>namespace/name</c>) are among those that we look after; only then an absent one is gone.</param>
    public static ScopePlan Make(string owner, IReadOnlyList<ServerScopes> servers, IReadOnlyList<ClientScope> live, Func<string, bool> isSeen)
    {
        var problems = new Dictionary<string, Problem>(StringComparer.Ordinal);
        var held = servers.Where(s => s.Tools is null).Select(s => s.Server).ToHashSet(StringComparer.Ordinal);
        var ours = live.Where(s => IsOurs(owner, s)).ToDictionary(s => s.Name, StringComparer.Ordinal);
        var wanted = Settle(owner, servers, ours, held, problems);

        var changes = new List<ScopeChange>();
        var kept = new Dictionary<string, ClientScope>(StringComparer.Ordinal);
        foreach (var scope in live)
        {
            var server = ServerOf(scope);
            if (!IsOurs(owner, scope) || held.Contains(server) || !isSeen(server) || (wanted.TryGetValue(scope.Name, out var who) && who.Server == server))
            {
                kept.Add(scope.Name, scope);
            }
            else
            {
                // One that passes to another server is made anew: clients of the old server must not keep it.
                changes.Add(new DeleteScope(server, scope.Id!, scope.Name));
            }
        }

        foreach (var (name, (server, scope)) in wanted)
        {
            if (!kept.TryGetValue(name, out var found))
            {
                changes.Add(new CreateScope(server, scope));
            }
            else if (!IsOurs(owner, found))
            {
                problems.TryAdd(server, new(Reasons.ScopeNotOwned, NotOwned(name, found, isBase: servers.Any(s => s.BaseScope == name))));
            }
            else if (ServerOf(found) != server)
            {
                problems.TryAdd(server, new(Reasons.ScopeConflict, $"The scope '{name}' belongs to the server {ServerOf(found)}; name another one in spec.tools[].scope."));
            }
            else if (Difference(server, scope, found) is { } update)
            {
                changes.Add(update);
            }
        }

        return new(changes, problems);
    }

    /// <summary>Whether a scope is ours, by the attribute that only we write.</summary>
    public static bool IsOurs(string owner, ClientScope scope) => scope.Attributes?.GetValueOrDefault(KeycloakAttributes.Owner) == owner;

    /// <summary>The server that one of our scopes is for.</summary>
    public static string ServerOf(ClientScope scope) => scope.Attributes?.GetValueOrDefault(KeycloakAttributes.Server) ?? "";

    /// <summary>Decides who gets what several want: a scope's name goes to whom it belongs already, else to the oldest.</summary>
    private static SortedDictionary<string, (string Server, ClientScope Scope)> Settle(
        string owner, IReadOnlyList<ServerScopes> servers, Dictionary<string, ClientScope> ours, HashSet<string> held, Dictionary<string, Problem> problems)
    {
        var settled = new SortedDictionary<string, (string Server, ClientScope Scope)>(StringComparer.Ordinal);
        var audiences = AudienceOwners(servers);
        var byName = servers.ToDictionary(s => s.Server, StringComparer.Ordinal);
        foreach (var server in servers.OrderBy(s => s.Created).ThenBy(s => s.Server, StringComparer.Ordinal))
        {
            if (server.Tools is not { Count: > 0 })
            {
                continue;
            }

            if (audiences[server.Audience] != server.Server)
            {
                // A token for this server's tools would be good at the other server.
                problems[server.Server] = new(Reasons.ScopeConflict, $"spec.auth: the audience '{server.Audience}' is the server {audiences[server.Audience]}'s; name this server's own address in spec.auth.resourceUrl.");
                continue;
            }

            foreach (var tool in server.Tools.Where(t => t.Problem is not null))
            {
                problems.TryAdd(server.Server, new(Reasons.ScopeReserved, $"spec.tools[{tool.Tool}].scope: {tool.Problem}."));
            }

            settled[server.BaseScope] = (server.Server, ScopeMaker.MakeBase(owner, server));
            foreach (var group in server.Tools.Where(t => t.Problem is null).GroupBy(t => t.Scope, StringComparer.Ordinal))
            {
                var scope = ScopeMaker.Make(owner, server, group.Key, [.. group]);
                var holder = ours.TryGetValue(group.Key, out var live) && (held.Contains(ServerOf(live)) || Wants(ServerOf(live), group.Key)) ? ServerOf(live) : null;
                if (holder is not null && holder != server.Server)
                {
                    problems.TryAdd(server.Server, Taken(group.Key, holder));
                }
                else if (!settled.TryAdd(group.Key, (server.Server, scope)))
                {
                    problems.TryAdd(server.Server, Taken(group.Key, settled[group.Key].Server));
                }
            }
        }

        return settled;

        bool Wants(string server, string scope) =>
            byName.GetValueOrDefault(server)?.Tools?.Any(t => t.Problem is null && t.Scope == scope) == true;
    }

    /// <summary>An audience belongs to the server whose own address it is, else to the oldest that names it.</summary>
    private static Dictionary<string, string> AudienceOwners(IReadOnlyList<ServerScopes> servers)
    {
        var owners = servers.OrderBy(s => s.Created).ThenBy(s => s.Server, StringComparer.Ordinal)
            .GroupBy(s => s.Audience, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Server, StringComparer.Ordinal);
        foreach (var server in servers.Where(s => s.OwnUrl is { } own && owners.ContainsKey(own)))
        {
            owners[server.OwnUrl!] = server.Server;
        }

        return owners;
    }

    private static UpdateScope? Difference(string server, ClientScope wanted, ClientScope live)
    {
        var fieldsDiffer = live.Description != wanted.Description || live.Protocol != wanted.Protocol || !Matches(wanted.Attributes!, live.Attributes);
        var mappers = (live.ProtocolMappers ?? []).ToDictionary(m => m.Name, StringComparer.Ordinal);
        var (added, changed) = (new List<ProtocolMapper>(), new List<ProtocolMapper>());
        foreach (var mapper in wanted.ProtocolMappers!)
        {
            if (!mappers.Remove(mapper.Name, out var found))
            {
                added.Add(mapper);
            }
            else if (found.Kind != mapper.Kind || found.Protocol != mapper.Protocol || !Matches(mapper.Config!, found.Config) || found.Config!.GetValueOrDefault("included.client.audience") is not (null or ""))
            {
                changed.Add(mapper with { Id = found.Id });
            }
        }

        // A further mapper would put something into the token that nobody approved.
        return fieldsDiffer || added.Count + changed.Count + mappers.Count > 0
            ? new(server, live.Id!, fieldsDiffer ? wanted with { Id = live.Id, Attributes = Merge(live.Attributes, wanted.Attributes!) } : null, added, changed, [.. mappers.Values], wanted.Name)
            : null;
    }

    private static bool Matches(IReadOnlyDictionary<string, string> wanted, IReadOnlyDictionary<string, string>? live) =>
        wanted.All(w => live?.GetValueOrDefault(w.Key) == w.Value);

    /// <summary>Keycloak adds settings of its own, and administrators may too; those stay.</summary>
    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? live, IReadOnlyDictionary<string, string> wanted)
    {
        var all = new Dictionary<string, string>(live ?? new Dictionary<string, string>());
        foreach (var (key, value) in wanted)
        {
            all[key] = value;
        }

        return all;
    }

    private static Problem Taken(string scope, string server) =>
        new(Reasons.ScopeConflict, $"The scope '{scope}' belongs to the server {server}; name another one in spec.tools[].scope.");

    private static string NotOwned(string name, ClientScope found, bool isBase)
    {
        var otherwise = isBase ? "" : ", or name another scope in spec.tools[].scope";
        return found.Attributes?.GetValueOrDefault(KeycloakAttributes.Owner) is { } other
            ? $"The realm's client scope '{name}' belongs to the operator of another cluster ({other}) and is left alone; use another realm{otherwise}."
            : $"The realm has a client scope '{name}' that this operator did not make; it is left alone. Delete or rename it in Keycloak{otherwise}.";
    }
}
