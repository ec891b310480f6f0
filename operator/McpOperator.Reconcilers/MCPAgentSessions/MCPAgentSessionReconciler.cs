using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.MCPAgentSessions;

/// <summary>
/// Says in a session's status whether agents can act under it and whether the server's proxies know of it, and deletes it some time after
/// its end. Carrying it to the proxies is the reconcile of the server's access: one writer for one object.
/// </summary>
[EntityRbac(typeof(MCPAgentSession), Verbs = RbacVerb.Delete)]
[EntityRbac(typeof(MCPAgentSession), Subresource = "status", Verbs = RbacVerb.Patch)]
public sealed class MCPAgentSessionReconciler(
    IKubernetesClient client, OperatorCaches caches, IOperatorConfiguration configuration, PublishedAccess published, IEventRecorder events, TimeProvider time)
{
    /// <summary>Ends may lie far ahead; looking twice a day costs nothing and asks no timer for more than it can count.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    /// <summary>A new session is published soon; until then there is nothing to tell, and a thousand of them would be written twice.</summary>
    private static readonly TimeSpan FirstReport = TimeSpan.FromSeconds(3);

    private readonly FreshStatus<MCPAgentSession> _written = new(caches.Sessions);

    /// <summary>Makes one pass over one session.</summary>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_written.Newest(key) is not { Metadata.DeletionTimestamp: null } session)
        {
            return ReconcileResult.Done;
        }

        var now = time.GetUtcNow().UtcDateTime;
        var end = session.Spec.ExpiresAt;
        var deletion = end + TimeSpan.FromSeconds(configuration.Current.Sessions.DeleteAfterSeconds);
        if (now >= deletion)
        {
            await client.DeleteAsync<MCPAgentSession>(key.Name, key.Namespace, new V1DeleteOptions { Uid = session.Metadata.Uid }, ct);
            return ReconcileResult.Done;
        }

        var status = MCPAgentSessionReport.Make(Observe(key, session), now);
        if (session.Status.ObservedGeneration is null && IsOnItsWay(status) && now < session.Metadata.CreationTimestamp + FirstReport)
        {
            return ReconcileResult.Wait(FirstReport, "the server's policy is about to carry it");
        }

        if (!JsonNode.DeepEquals(JsonSerializer.SerializeToNode(status, KubernetesJson.Options), JsonSerializer.SerializeToNode(session.Status, KubernetesJson.Options)))
        {
            _written.Remember(key, await client.UpdateStatusAsync(session with { Status = status }, ct));
            events.Tell(session, Happenings.Of(session.Status.Conditions.Where(IsActive).ToList(), status.Conditions.Where(IsActive).ToList(), Reasons.Expired, Reasons.Revoked));
        }

        var next = (now < end ? end : deletion) - now;
        return ReconcileResult.Wait(next < LongestWait ? next : LongestWait, now < end ? "it ends then" : "it is deleted then");
    }

    private MCPAgentSessionObserved Observe(NamespacedName key, MCPAgentSession session)
    {
        var server = new NamespacedName(key.Namespace, session.Spec.ServerRef.Name);
        var tenant = Tenants.Of(key.Namespace, caches.Namespaces.Get(new("", key.Namespace))?.Metadata.Labels);
        return new()
        {
            Session = session,
            Violations = AccessGuard.Check(session, tenant, configuration.Current),
            ServerExists = caches.Servers.Get(server) is not null,
            HasGrant = caches.Grants.ByIndex(OperatorCaches.ByServer, server.ToString()).Any(grant => grant.Metadata.DeletionTimestamp is null && MCPAgentSessionReport.IsFor(grant.Spec, session.Spec.Subject)),
            Publication = published.Of(server),
        };
    }

    private static bool IsActive(V1Condition condition) => condition.Type == ConditionTypes.Active;

    private static bool IsOnItsWay(MCPAgentSessionStatus status) => status.Conditions.Any(c => c is { Type: ConditionTypes.Published, Reason: Reasons.Progressing });
}
