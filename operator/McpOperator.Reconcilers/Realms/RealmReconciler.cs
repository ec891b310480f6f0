using System.Collections.Concurrent;
using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Keycloak.Admin;
using McpOperator.Keycloak.Realms;
using McpOperator.Kube;
using McpOperator.Policy;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers.Realms;

/// <summary>
/// Makes a realm have the scopes of its servers and the clients of its grants, in four moves: observe (from memory), make (what the realm
/// should have, pure), apply (one pass over the realm, and the clients' Secrets), report (verdicts, which the servers' and the grants'
/// own reconciles put into their statuses). The realm is what is reconciled, so that it is asked once for any number of servers, and so that
/// one that is away concerns nobody else.
/// </summary>
public sealed class RealmReconciler(
    IKubernetesClient client, OperatorCaches caches, IOperatorConfiguration configuration, RealmConnections connections, RealmVerdicts verdicts,
    IEventRecorder events, TimeProvider time, ILogger log, string? ns = null)
{
    /// <summary>After a failure; doubled up to <see cref="LongestPause"/> as long as it lasts.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(2);

    /// <summary>When two want the same, or somebody was quicker.</summary>
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ScopesFinalizer _finalizer = new(client);
    private readonly ClientSecrets _secrets = new(client, caches);
    private readonly ConcurrentDictionary<string, Memory> _memories = new(StringComparer.Ordinal);

    /// <summary>What is remembered of a realm between passes. Forgetting it costs a look, and nothing else.</summary>
    private sealed record Memory
    {
        public bool HasClients { get; init; } = true;

        public Api.Configuration.KeycloakSettings? DefaultsRemovedFor { get; init; }

        public int Failures { get; init; }
    }

    /// <summary>Makes one pass over one realm.</summary>
    /// <param name="key">The realm's name; empty: the servers whose tenant has no realm.</param>
    /// <param name="ct">Stops waiting.</param>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        var observed = RealmObserved.Of(key.Name, caches, configuration.Current, ns);
        if (observed.Realm.Length == 0)
        {
            return await ReleaseAsync(observed, static _ => false, ct) ? ReconcileResult.Done : ReconcileResult.Wait(ShortestPause, "a server was changed by somebody else");
        }

        var memory = _memories.GetOrAdd(observed.Realm, _ => new());
        var wanted = RealmWishes.Make(observed, memory.HasClients, DefaultsOf(observed, memory), time.GetUtcNow().UtcDateTime) with
        {
            HoldAsync = (servers, stop) => HoldAsync(observed, servers, stop),
        };
        try
        {
            var outcome = await RealmPass.RunAsync(await connections.OpenAsync(observed.Realm, observed.Configuration, ct), wanted, ct);
            var secrets = await ApplySecretsAsync(observed, outcome, ct);
            Report(observed, outcome, secrets);
            var allLetGo = await ReleaseAsync(observed, s => outcome.WithScopes.Contains(KeyOf(s).ToString()), ct);
            _memories[observed.Realm] = memory with { HasClients = outcome.HasClients, DefaultsRemovedFor = observed.Configuration.Keycloak, Failures = 0 };
            return Later(observed, outcome, allLetGo && outcome.Servers.Values.All(p => p.Reason != Reasons.ScopeConflict));
        }
        catch (KeycloakException e)
        {
            _memories[observed.Realm] = memory with { Failures = memory.Failures + 1 };
            return await GiveWayAsync(observed, memory.Failures, e, ct);
        }
    }

    /// <summary>Switching the setting off takes away what it gave, once; who never switched it on never pays for that.</summary>
    private static RealmDefaults DefaultsOf(RealmObserved observed, Memory memory) =>
        observed.Configuration.Keycloak.RealmDefaultScopes ? RealmDefaults.Add
        : memory.DefaultsRemovedFor == observed.Configuration.Keycloak ? RealmDefaults.Leave
        : RealmDefaults.Remove;

    /// <summary>Has servers wait for us when they are deleted, before they get scopes that would be left behind.</summary>
    private async Task<IReadOnlySet<string>> HoldAsync(RealmObserved observed, IReadOnlyCollection<string> servers, CancellationToken ct)
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var server in observed.Servers.Select(s => s.Server).Where(s => servers.Contains(KeyOf(s).ToString())))
        {
            if (await _finalizer.PutAsync(server, ct))
            {
                held.Add(KeyOf(server).ToString());
            }
        }

        return held;
    }

    private async Task<IReadOnlyDictionary<string, ChildOutcome>> ApplySecretsAsync(RealmObserved observed, RealmOutcome outcome, CancellationToken ct)
    {
        var outcomes = new Dictionary<string, ChildOutcome>(StringComparer.Ordinal);
        foreach (var (grant, _) in observed.Grants)
        {
            var (key, tenant) = (KeyOf(grant), TenantOf(grant.Metadata.NamespaceProperty!));
            var issuer = observed.Configuration.Auth.Issuer ?? TenantRealms.IssuerOf(tenant, observed.Configuration.Keycloak);
            if (await _secrets.ApplyAsync(grant, tenant, issuer, outcome.Credentials.GetValueOrDefault(key.ToString()), ct) is { } applied)
            {
                outcomes[key.ToString()] = applied;
            }
        }

        return outcomes;
    }

    private void Report(RealmObserved observed, RealmOutcome outcome, IReadOnlyDictionary<string, ChildOutcome> secrets)
    {
        foreach (var (server, tools) in observed.Servers)
        {
            var key = KeyOf(server);
            verdicts.SetServer(key, outcome.Servers.TryGetValue(key.ToString(), out var problem) ? new(false, problem.Reason, problem.Message) : VerdictOf(server, tools));
        }

        foreach (var (grant, _) in observed.Grants)
        {
            var key = KeyOf(grant);
            verdicts.SetGrant(key, outcome.Grants.TryGetValue(key.ToString(), out var problem) ? new(false, problem.Reason, problem.Message)
                : secrets.GetValueOrDefault(key.ToString()) is { IsGood: false } bad ? new(false, bad.State == ChildState.NotOwned ? Reasons.NotOwned : Reasons.ApplyFailed, $"spec.oauthClient.secretName: {bad.Message}")
                : VerdictOf(grant, observed));
        }
    }

    /// <summary>A client can be complete only when its server's scopes are.</summary>
    private RealmVerdict VerdictOf(MCPAccessGrant grant, RealmObserved observed)
    {
        var key = new NamespacedName(grant.Metadata.NamespaceProperty!, grant.Spec.ServerRef.Name);
        var server = observed.Servers.FirstOrDefault(s => KeyOf(s.Server) == key)?.Server;
        return server is null || ReviewDecision.Target(server.Status) is null ? new(null, Reasons.Progressing, $"The client is registered, and gets its scopes when a version of the server '{key.Name}' is approved.")
            : verdicts.FindServer(key) is { IsGood: not true } open ? new(null, Reasons.Progressing, $"The client is registered, and its scopes wait for the server's: {open.Message}")
            : RealmVerdict.Good;
    }

    private static RealmVerdict VerdictOf(MCPServer server, IReadOnlyList<SurfaceTool>? tools) =>
        tools is null ? new(null, Reasons.Progressing, "The tools of the version that was approved are not known just now; the scopes stay as they are.")
        : tools.Count > 0 && RealmWishes.AudienceOf(server) is null ? new(null, Reasons.Progressing, "Waits for the server's address, which tokens name; set spec.auth.resourceUrl to name it beforehand.")
        : tools.Count > 0 && !server.Metadata.DeletionTimestamp.HasValue ? RealmVerdict.Good
        : new(true, Reasons.NotRequested);

    /// <summary>Lets servers go that have no scopes any more, whether they are being deleted or not.</summary>
    /// <returns>Whether all were let go that should be.</returns>
    private async Task<bool> ReleaseAsync(RealmObserved observed, Func<MCPServer, bool> hasScopes, CancellationToken ct)
    {
        var all = true;
        foreach (var (server, tools) in observed.Servers)
        {
            var wantsNone = server.Metadata.DeletionTimestamp is not null || tools is { Count: 0 } || observed.Realm.Length == 0;
            if (ScopesFinalizer.IsOn(server) && wantsNone && !hasScopes(server))
            {
                all &= await _finalizer.RemoveAsync(server, ct);
            }
        }

        return all;
    }

    private ReconcileResult Later(RealmObserved observed, RealmOutcome outcome, bool isSettled)
    {
        if (outcome.Changes > 0)
        {
            log.LogInformation("Realm {Realm}: {Changes} changes", observed.Realm, outcome.Changes);
        }

        var resync = TimeSpan.FromSeconds(observed.Configuration.Keycloak.ResyncSeconds);
        if (!isSettled)
        {
            return ReconcileResult.Wait(resync < SoonAgain ? resync : SoonAgain, "somebody else changes the same things");
        }

        var now = time.GetUtcNow().UtcDateTime;
        var ends = observed.Grants.Select(g => g.Grant.Spec.ExpiresAt - now).Where(left => left > TimeSpan.Zero && left < resync).Min();
        return ReconcileResult.Wait(ends ?? resync, "what is changed by hand comes back then");
    }

    /// <summary>
    /// The realm cannot be had: that is told to all whom it concerns, and tried again. A server that is being deleted is let go after the
    /// configured patience: what it leaves behind has no owner any more, and goes with the next pass that succeeds.
    /// </summary>
    private async Task<ReconcileResult> GiveWayAsync(RealmObserved observed, int failures, KeycloakException e, CancellationToken ct)
    {
        var reason = e.Failure switch
        {
            KeycloakFailure.RealmMissing => Reasons.RealmMissing,
            KeycloakFailure.Unauthorized => Reasons.KeycloakUnauthorized,
            KeycloakFailure.Unreachable => Reasons.KeycloakUnreachable,
            _ => Reasons.KeycloakRefused,
        };
        if (failures == 0)
        {
            log.LogWarning("Realm {Realm}: {Reason}: {Problem}", observed.Realm, reason, e.Message);
        }

        var verdict = new RealmVerdict(false, reason, $"Realm '{observed.Realm}': {e.Message}");
        var pause = ShortestPause * Math.Pow(2, Math.Min(failures, 10));
        pause = pause < LongestPause ? pause : LongestPause;
        foreach (var (grant, _) in observed.Grants)
        {
            verdicts.SetGrant(KeyOf(grant), verdict);
        }

        foreach (var (server, tools) in observed.Servers)
        {
            verdicts.SetServer(KeyOf(server), tools is { Count: 0 } && !ScopesFinalizer.IsOn(server) ? new(true, Reasons.NotRequested) : verdict);
            if (server.Metadata.DeletionTimestamp is not { } since || !ScopesFinalizer.IsOn(server))
            {
                continue;
            }

            var left = since.AddSeconds(observed.Configuration.Keycloak.DeletionPatienceSeconds) - time.GetUtcNow().UtcDateTime;
            if (left > TimeSpan.Zero)
            {
                pause = left < pause ? left : pause;
            }
            else if (await _finalizer.RemoveAsync(server, ct))
            {
                events.Tell(server, [new(true, EventReasons.ScopesAbandoned, $"Its scopes stay in the realm '{observed.Realm}' for now ({e.Message}); they are deleted when Keycloak is back.")]);
            }
        }

        return ReconcileResult.Wait(pause, e.Message);
    }

    private string TenantOf(string n) => Tenants.Of(n, caches.Namespaces.Get(new("", n))?.Metadata.Labels);

    private static NamespacedName KeyOf(Objects.KubernetesEntity entity) => new(entity.Metadata.NamespaceProperty!, entity.Metadata.Name);
}
