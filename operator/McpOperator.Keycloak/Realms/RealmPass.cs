using System.Collections.Concurrent;
using McpOperator.Api;
using McpOperator.Keycloak.Admin;
using McpOperator.Keycloak.Clients;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Realms;

/// <summary>
/// Makes a realm have what servers and grants want of it: look, plan, act, and look again until there is nothing to do. One list of
/// scopes (and one of clients, where there are any) tells about any number of servers. What concerns one scope or client does not stop
/// the others; what concerns the realm stops the pass.
/// </summary>
public sealed class RealmPass
{
    /// <summary>Once to act, once to see that it worked, once more for what somebody else did in between.</summary>
    private const int MostRounds = 3;

    private readonly KeycloakRealm _realm;
    private readonly RealmWanted _wanted;
    private readonly ConcurrentDictionary<string, Problem> _serverTrouble = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Problem> _grantTrouble = new(StringComparer.Ordinal);
    private int _changes;

    private RealmPass(KeycloakRealm realm, RealmWanted wanted) => (_realm, _wanted) = (realm, wanted);

    /// <summary>Makes one pass.</summary>
    /// <exception cref="KeycloakException">Keycloak is away, or does not let us in, or has no such realm. What was done by then stays.</exception>
    public static Task<RealmOutcome> RunAsync(KeycloakRealm realm, RealmWanted wanted, CancellationToken ct) => new RealmPass(realm, wanted).RunAsync(ct);

    private async Task<RealmOutcome> RunAsync(CancellationToken ct)
    {
        for (var round = 1; ; round++)
        {
            var scopes = await _realm.ListScopesAsync(ct);
            var scopePlan = ScopePlan.Make(_wanted.Owner, _wanted.Servers, scopes, IsSeen);
            var before = _changes;
            if (round < MostRounds)
            {
                scopes = await ApplyAsync(scopePlan.Changes, scopes, ct);
            }

            var clients = _wanted.LooksAtClients ? await _realm.ListClientsAsync(ct) : [];
            var clientPlan = ClientPlan.Make(_wanted.Owner, _wanted.Clients, clients, scopes, _wanted.ClientDefaults, IsSeen);
            if (round < MostRounds)
            {
                await ApplyAsync(clientPlan.Changes, ct);
                await ApplyDefaultsAsync(scopes, ct);
            }

            // Nothing was changed: either all is as it should be, or what is not cannot be helped.
            if (_changes == before)
            {
                return OutcomeOf(scopePlan, clientPlan, scopes, clients);
            }
        }
    }

    private bool IsSeen(string key) => _wanted.IsSeen(key.Split('/')[0]);

    /// <summary>Deletions first: a name may pass from one server to another.</summary>
    /// <returns>The scopes as they are now.</returns>
    private async Task<IReadOnlyList<ClientScope>> ApplyAsync(IReadOnlyList<ScopeChange> changes, IReadOnlyList<ClientScope> live, CancellationToken ct)
    {
        if (changes.Count == 0)
        {
            return live;
        }

        var deleted = new ConcurrentDictionary<string, bool>();
        await EachAsync(changes.OfType<DeleteScope>(), async change =>
        {
            await _realm.DeleteScopeAsync(change.Id, ct);
            deleted[change.Id] = true;
        }, Report, ct);

        HashSet<string> growing = [.. changes.OfType<CreateScope>().Select(c => c.Server)];
        var held = growing.Count > 0 ? await _wanted.HoldAsync(growing, ct) : growing;
        foreach (var server in growing.Where(s => !held.Contains(s)))
        {
            _serverTrouble[server] = new(Reasons.ScopeConflict, "The server was changed by somebody else just when its scopes were to be made. It is tried again.");
        }

        var created = new ConcurrentBag<ClientScope>();
        await EachAsync(changes.Where(c => c is UpdateScope || (c is CreateScope && held.Contains(c.Server))), async change =>
        {
            switch (change)
            {
                case CreateScope create:
                    created.Add(create.Scope with { Id = await _realm.CreateScopeAsync(create.Scope, ct) });
                    break;
                case UpdateScope update:
                    await UpdateAsync(update, ct);
                    break;
                default:
                    throw new InvalidOperationException($"nobody does {change}");
            }
        }, Report, ct);
        return [.. live.Where(s => !deleted.ContainsKey(s.Id!)), .. created];

        void Report(ScopeChange change, KeycloakException e) => _serverTrouble[change.Server] = ProblemOf(change.Name, e, Reasons.ScopeConflict);
    }

    private async Task UpdateAsync(UpdateScope update, CancellationToken ct)
    {
        if (update.Fields is not null)
        {
            await _realm.UpdateScopeAsync(update.Fields, ct);
        }

        foreach (var mapper in update.Removed)
        {
            await _realm.DeleteMapperAsync(update.Id, mapper.Id!, ct);
        }

        foreach (var mapper in update.Changed)
        {
            await _realm.UpdateMapperAsync(update.Id, mapper, ct);
        }

        foreach (var mapper in update.Added)
        {
            await _realm.CreateMapperAsync(update.Id, mapper, ct);
        }
    }

    private async Task ApplyAsync(IReadOnlyList<ClientChange> changes, CancellationToken ct)
    {
        await EachAsync(changes.OfType<DeleteClient>(), change => _realm.DeleteClientAsync(change.Id, ct), Report, ct);
        await EachAsync(changes.Where(c => c is not DeleteClient), change => change switch
        {
            CreateClient create => _realm.CreateClientAsync(create.Client, ct),
            UpdateClient update => UpdateAsync(update, ct),
            _ => throw new InvalidOperationException($"nobody does {change}"),
        }, Report, ct);

        void Report(ClientChange change, KeycloakException e) => _grantTrouble[change.Grant] = ProblemOf(change.ClientId, e, Reasons.ClientConflict);
    }

    /// <summary>The note that a secret was changed comes last: who is interrupted in between changes it again, and nobody has seen the first.</summary>
    private async Task UpdateAsync(UpdateClient update, CancellationToken ct)
    {
        foreach (var scope in update.Detached)
        {
            await _realm.DetachAsync(update.Id, scope.ScopeId, scope.Category, ct);
        }

        foreach (var scope in update.Attached)
        {
            await _realm.AttachAsync(update.Id, scope.ScopeId, scope.Category, ct);
        }

        if (update.Rotates)
        {
            await _realm.RotateSecretAsync(update.Id, ct);
        }

        if (update.Fields is not null)
        {
            await _realm.UpdateClientAsync(update.Fields, ct);
        }
    }

    private async Task ApplyDefaultsAsync(IReadOnlyList<ClientScope> scopes, CancellationToken ct)
    {
        if (_wanted.Defaults == RealmDefaults.Leave)
        {
            return;
        }

        var ours = scopes.Where(s => ScopePlan.IsOurs(_wanted.Owner, s)).ToDictionary(s => s.Id!, StringComparer.Ordinal);
        var wrong = (await _realm.ListRealmScopesAsync(ScopeCategory.Default, ct)).Select(s => s.Id).Where(ours.ContainsKey).ToList();
        var there = (await _realm.ListRealmScopesAsync(ScopeCategory.Optional, ct)).Select(s => s.Id).Where(ours.ContainsKey).ToHashSet(StringComparer.Ordinal);
        await EachAsync(wrong, id => _realm.DetachFromRealmAsync(id, ScopeCategory.Default, ct), Report, ct);
        await (_wanted.Defaults == RealmDefaults.Add
            ? EachAsync(ours.Keys.Where(id => !there.Contains(id)), id => _realm.AttachToRealmAsync(id, ScopeCategory.Optional, ct), Report, ct)
            : EachAsync(there, id => _realm.DetachFromRealmAsync(id, ScopeCategory.Optional, ct), Report, ct));

        void Report(string id, KeycloakException e) => _serverTrouble[ScopePlan.ServerOf(ours[id])] = ProblemOf(ours[id].Name, e, Reasons.ScopeConflict);
    }

    /// <summary>Does several things at once. What fails for one is reported for that one; what fails for the realm ends it all.</summary>
    private Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> act, Action<T, KeycloakException> report, CancellationToken ct) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = _realm.Parallelism, CancellationToken = ct }, async (item, _) =>
        {
            try
            {
                await act(item);
            }
            catch (KeycloakException e) when (!e.ConcernsRealm)
            {
                report(item, e);
            }

            // Also after a failure: the next round shows what it left behind.
            Interlocked.Increment(ref _changes);
        });

    private RealmOutcome OutcomeOf(ScopePlan scopePlan, ClientPlan clientPlan, IReadOnlyList<ClientScope> scopes, IReadOnlyList<Client> clients)
    {
        var (servers, grants) = (new Dictionary<string, Problem>(scopePlan.Problems), new Dictionary<string, Problem>(clientPlan.Problems));

        // What still is to be done has failed, or was undone: then what Keycloak said about it counts.
        foreach (var change in scopePlan.Changes)
        {
            servers.TryAdd(change.Server, _serverTrouble.GetValueOrDefault(change.Server) ?? Undone(Reasons.ScopeConflict, "scope", change.Name));
        }

        foreach (var change in clientPlan.Changes)
        {
            grants.TryAdd(change.Grant, _grantTrouble.GetValueOrDefault(change.Grant) ?? Undone(Reasons.ClientConflict, "client", change.ClientId));
        }

        var ours = clients.Where(c => ClientPlan.IsOurs(_wanted.Owner, c)).ToList();
        var asked = _wanted.Clients.Where(c => c.Confidential).ToDictionary(c => c.Grant, c => c.ClientId, StringComparer.Ordinal);
        return new RealmOutcome
        {
            Servers = servers,
            Grants = grants,
            Credentials = ours.Where(c => c is { PublicClient: false, Secret.Length: > 0 } && asked.GetValueOrDefault(ClientPlan.GrantOf(c)) == c.ClientId).ToDictionary(ClientPlan.GrantOf, c => new ClientCredential(c.ClientId, c.Secret!), StringComparer.Ordinal),
            WithScopes = scopes.Where(s => ScopePlan.IsOurs(_wanted.Owner, s)).Select(ScopePlan.ServerOf).ToHashSet(StringComparer.Ordinal),
            HasClients = ours.Count > 0,
            Changes = _changes,
        };
    }

    private static Problem ProblemOf(string name, KeycloakException e, string conflict) => e.Failure == KeycloakFailure.Conflict
        ? new(conflict, $"'{name}': Keycloak reports a conflict; somebody else changes the realm at the same time. It is tried again.")
        : new(Reasons.KeycloakRefused, $"'{name}': {e.Message}");

    private static Problem Undone(string reason, string what, string name) =>
        new(reason, $"The {what} '{name}' does not become as it should be, though Keycloak took the change; somebody else changes it at the same time. It is tried again.");
}
