using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.MCPToolConfigs;

/// <summary>
/// Says in a tool configuration's status whether servers can use it, and which do. Carrying its content to the servers is the servers'
/// own reconcile: one writer for one object.
/// </summary>
[EntityRbac(typeof(MCPToolConfig), Subresource = "status", Verbs = RbacVerb.Patch)]
public sealed class MCPToolConfigReconciler(IKubernetesClient client, OperatorCaches caches, TimeProvider time)
{
    private const int HashLength = 16;

    private readonly FreshStatus<MCPToolConfig> _written = new(caches.ToolConfigs);

    /// <summary>Makes one pass over one tool configuration.</summary>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_written.Newest(key) is not { Metadata.DeletionTimestamp: null } config)
        {
            return ReconcileResult.Done;
        }

        var users = caches.Servers.KeysByIndex(OperatorCaches.ByToolConfig, key.ToString());
        var status = StatusOf(config, users, time.GetUtcNow().UtcDateTime);
        if (!JsonNode.DeepEquals(JsonSerializer.SerializeToNode(status, KubernetesJson.Options), JsonSerializer.SerializeToNode(config.Status, KubernetesJson.Options)))
        {
            _written.Remember(key, await client.UpdateStatusAsync(config with { Status = status }, ct));
        }

        return ReconcileResult.Done;
    }

    private static MCPToolConfigStatus StatusOf(MCPToolConfig config, IReadOnlyList<NamespacedName> users, DateTime now)
    {
        var conditions = new Conditions(config.Status.Conditions, config.Metadata.Generation, now);
        if (ToolNames.CollisionIn(config.Spec) is { } collision)
        {
            conditions.False(ConditionTypes.Valid, Reasons.ToolNameCollision, collision);
        }
        else
        {
            conditions.True(ConditionTypes.Valid, Reasons.Accepted);
        }

        return new()
        {
            ObservedGeneration = config.Metadata.Generation,
            Conditions = conditions.All,
            ReferencedBy = users.Count == 0 ? null : [.. users.Select(u => u.Name).Order(StringComparer.Ordinal)],
            ConfigHash = Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.SerializeToUtf8Bytes(config.Spec)))[..HashLength],
        };
    }
}
