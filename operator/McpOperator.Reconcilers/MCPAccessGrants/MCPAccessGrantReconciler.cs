using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.MCPAccessGrants;

/// <summary>
/// Says in a grant's status whether it makes sense, what it amounts to, and whether the server's proxies know of it. Carrying it there is the
/// reconcile of the server's access: one writer for one object.
/// </summary>
[EntityRbac(typeof(MCPAccessGrant), Subresource = "status", Verbs = RbacVerb.Patch)]
public sealed class MCPAccessGrantReconciler(
    IKubernetesClient client, OperatorCaches caches, IOperatorConfiguration configuration, PublishedAccess published, RealmVerdicts verdicts, IEventRecorder events, TimeProvider time)
{
    /// <summary>Ends may lie years ahead, which no timer counts.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    private readonly FreshStatus<MCPAccessGrant> _written = new(caches.Grants);

    /// <summary>Makes one pass over one grant.</summary>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_written.Newest(key) is not { Metadata.DeletionTimestamp: null } grant)
        {
            return ReconcileResult.Done;
        }

        var now = time.GetUtcNow().UtcDateTime;
        var status = MCPAccessGrantReport.Make(Observe(key, grant), now);
        if (!JsonNode.DeepEquals(JsonSerializer.SerializeToNode(status, KubernetesJson.Options), JsonSerializer.SerializeToNode(grant.Status, KubernetesJson.Options)))
        {
            _written.Remember(key, await client.UpdateStatusAsync(grant with { Status = status }, ct));
            events.Tell(grant, [.. Happenings.Of(grant.Status.Conditions, status.Conditions, Reasons.Expired, Reasons.Disabled), .. UnknownTools(grant.Status, status)]);
        }

        if (grant.Spec.ExpiresAt is not { } end || now >= end)
        {
            return ReconcileResult.Done;
        }

        return ReconcileResult.Wait(end - now < LongestWait ? end - now : LongestWait, "it ends then");
    }

    private MCPAccessGrantObserved Observe(NamespacedName key, MCPAccessGrant grant)
    {
        var serverKey = new NamespacedName(key.Namespace, grant.Spec.ServerRef.Name);
        var tenant = Tenants.Of(key.Namespace, caches.Namespaces.Get(new("", key.Namespace))?.Metadata.Labels);
        var server = caches.Servers.Get(serverKey);
        return new()
        {
            Grant = grant,
            Violations = AccessGuard.Check(grant, tenant, configuration.Current),
            Client = verdicts.OfGrant(key, tenant, configuration.Current.Keycloak),
            Server = server,
            Tools = server is null ? null : ToolsOf(server, tenant),
            Publication = published.Of(serverKey),
        };
    }

    /// <summary>What callers see, if the server declares its tools and the reference to a tool configuration leads somewhere.</summary>
    private ToolTable? ToolsOf(MCPServer server, string tenant)
    {
        var config = server.Spec.ToolConfigRef is { } reference ? caches.ToolConfigs.Get(new(server.Metadata.NamespaceProperty!, reference.Name)) : null;
        var resolution = ToolConfigResolution.Of(server.Spec.ToolConfigRef, config, server.Spec.Tools);
        return server.Spec.Tools is null || resolution.Problem is not null
            ? null
            : new ToolTable(PolicyCompiler.Compile(server, resolution, tenant, configuration.Current).Document.Tools);
    }

    private static IEnumerable<Happening> UnknownTools(MCPAccessGrantStatus before, MCPAccessGrantStatus after) =>
        from condition in after.Conditions
        where condition is { Type: ConditionTypes.Accepted, Reason: Reasons.ToolUnknown } && !before.Conditions.Any(c => c.Type == condition.Type && c.Reason == condition.Reason && c.Message == condition.Message)
        select new Happening(true, condition.Reason, condition.Message ?? "");
}
