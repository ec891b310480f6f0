using McpOperator.Admission;
using McpOperator.Admission.Policies.MCPAccessGrants;
using McpOperator.Admission.Policies.MCPAgentSessions;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>
/// Admission's rules, once more: a webhook that was down lets nothing through. Times are held against the moment at which the object was
/// made, as admission did it or would have done it; that moment is the API server's own.
/// </summary>
public static class AccessGuard
{
    /// <summary>The rules that a grant breaks.</summary>
    public static IReadOnlyList<Violation> Check(MCPAccessGrant grant, string tenant, OperatorConfiguration configuration) =>
        MCPAccessGrantPolicies.All.Spec.Check(ReviewOf(grant, tenant, configuration));

    /// <summary>The rules that a session breaks.</summary>
    public static IReadOnlyList<Violation> Check(MCPAgentSession session, string tenant, OperatorConfiguration configuration) =>
        MCPAgentSessionPolicies.All.Spec.Check(ReviewOf(session, tenant, configuration));

    private static Review<T> ReviewOf<T>(T entity, string tenant, OperatorConfiguration configuration) where T : KubernetesEntity =>
        new(entity, tenant, configuration) { Operation = Operation.Create, Now = entity.Metadata.CreationTimestamp ?? DateTime.MinValue };
}
