using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPAccessGrants;
using McpOperator.Admission.Policies.MCPAgentSessions;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Admission.Policies.MCPToolConfigs;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Webhooks.Reviews;

/// <summary>Who reviews what, by the last part of the path.</summary>
internal static class Reviewers
{
    /// <summary>The reviewers of all kinds.</summary>
    public static IReadOnlyDictionary<string, IKindReviewer> All(
        OperatorCaches caches, IKubernetesClient client, IImageSignatures signatures, IDecisionKey key, IOperatorConfiguration configuration, TimeProvider time)
    {
        var view = new ClusterView(caches, client, signatures);
        return new Dictionary<string, IKindReviewer>(StringComparer.Ordinal)
        {
            ["mcpserver"] = new KindReviewer<MCPServer>(MCPServerPolicies.All, view, view.AroundAsync, Stamps.Of, key, configuration, time),
            ["mcptoolconfig"] = new KindReviewer<MCPToolConfig>(MCPToolConfigPolicies.All, view, view.AroundAsync, Stamps.Of, key, configuration, time),
            ["mcpaccessgrant"] = new KindReviewer<MCPAccessGrant>(
                MCPAccessGrantPolicies.All, view, (r, _, ct) => view.AroundAsync(r.New.Metadata.NamespaceProperty!, r.New.Spec.ServerRef.Name, ct), null, key, configuration, time),
            ["mcpagentsession"] = new KindReviewer<MCPAgentSession>(
                MCPAgentSessionPolicies.All, view, (r, _, ct) => view.AroundAsync(r.New.Metadata.NamespaceProperty!, r.New.Spec.ServerRef.Name, ct), null, key, configuration, time),
        };
    }
}
