using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPAccessGrants;
using McpOperator.Admission.Policies.MCPAgentSessions;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Admission.Policies.MCPToolConfigs;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary>Something that a check found.</summary>
/// <param name="Place">Where, and what is wrong.</param>
/// <param name="Reason">One word for machines.</param>
/// <param name="IsWarning">Whether admission would let it through with a warning.</param>
public sealed record CheckFinding(ManifestError Place, string Reason, bool IsWarning);

/// <summary>
/// Runs admission's rules over files, so that a change can be checked before it is merged. The files stand for the cluster: references
/// among them are followed, others are taken for fulfilled.
/// </summary>
/// <param name="configuration">The operator's configuration.</param>
/// <param name="defaultNamespace">The namespace of objects that name none.</param>
/// <param name="now">The time against which expiries are held.</param>
/// <param name="signatures">Who looks at images' signatures.</param>
public sealed class Checker(OperatorConfiguration configuration, string defaultNamespace, DateTime now, IImageSignatures signatures)
{
    private static readonly Type[] Kinds = [typeof(MCPServer), typeof(MCPToolConfig), typeof(MCPAccessGrant), typeof(MCPAgentSession), typeof(V1Namespace)];

    /// <summary>Checks files, one that cannot be read without keeping the others from being checked.</summary>
    public async Task<IReadOnlyList<CheckFinding>> CheckAsync(IEnumerable<ManifestSource> sources, CancellationToken ct)
    {
        var findings = new List<CheckFinding>();
        var manifests = new List<Manifest>();
        foreach (var source in sources)
        {
            try
            {
                manifests.AddRange(new ManifestReader(Kinds) { AllowOtherKinds = true }.Read([source]));
            }
            catch (ManifestException e)
            {
                findings.AddRange(e.Errors.Select(error => new CheckFinding(error, Reasons.Unreadable, false)));
            }
        }

        foreach (var manifest in manifests)
        {
            var verdict = await CheckAsync(manifest.Entity, manifests, ct);
            findings.AddRange(verdict.Violations.Select(v => new CheckFinding(manifest.ErrorAt(v.Field, v.Message), v.Reason, false)));
            findings.AddRange(verdict.Warnings.Select(v => new CheckFinding(manifest.ErrorAt(v.Field, v.Message), v.Reason, true)));
        }

        return findings;
    }

    private async Task<Verdict> CheckAsync(KubernetesEntity? entity, IReadOnlyList<Manifest> all, CancellationToken ct)
    {
        switch (entity)
        {
            case MCPServer server:
                var review = ReviewOf(server, all);
                var config = Others<MCPToolConfig>(server, all).FirstOrDefault(c => c.Metadata.Name == server.Spec.ToolConfigRef?.Name);
                return MCPServerPolicies.All.Check(review with { Around = new() { ToolConfig = config, Signature = await signatures.FindAsync(review, ct) } });
            case MCPToolConfig tools:
                var users = Others<MCPServer>(tools, all).Where(s => s.Spec.ToolConfigRef?.Name == tools.Metadata.Name);
                return MCPToolConfigPolicies.All.Check(ReviewOf(tools, all) with { Around = new() { Users = [.. users] } });
            case MCPAccessGrant grant:
                return MCPAccessGrantPolicies.All.Check(ReviewOf(grant, all));
            case MCPAgentSession session:
                return MCPAgentSessionPolicies.All.Check(ReviewOf(session, all));
            default:
                return Verdict.Accepted;
        }
    }

    private Review<T> ReviewOf<T>(T entity, IReadOnlyList<Manifest> all) where T : KubernetesEntity
    {
        var ns = NamespaceOf(entity);
        var labels = all.Select(m => m.Entity).OfType<V1Namespace>().FirstOrDefault(n => n.Metadata.Name == ns)?.Metadata.Labels;
        return new(entity with { Metadata = entity.Metadata with { NamespaceProperty = ns } }, Tenants.Of(ns, labels), configuration) { Now = now };
    }

    private IEnumerable<T> Others<T>(KubernetesEntity beside, IReadOnlyList<Manifest> all) where T : KubernetesEntity =>
        all.Select(m => m.Entity).OfType<T>().Where(other => NamespaceOf(other) == NamespaceOf(beside));

    private string NamespaceOf(KubernetesEntity entity) => entity.Metadata.NamespaceProperty ?? defaultNamespace;
}
