using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A server declares as many tools as the platform team grants its tenant for each.</summary>
/// <param name="mode">The mode in which this rule speaks: it refuses in the one and warns in the other.</param>
public sealed class ToolsOverQuota(QuotaMode mode) : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var quotas = review.Configuration.Quotas;
        var limit = Tenants.QuotaOf(review.Tenant, quotas).MaxToolsPerServer;
        var (tools, before) = (review.New.Spec.Tools?.Count ?? 0, review.Old?.Spec.Tools?.Count ?? 0);
        // A server that was within an older limit may be changed as long as it does not grow.
        if (quotas.Mode == mode && tools > limit && tools > before)
        {
            yield return new("spec.tools", Reasons.QuotaExceeded, $"{tools} tools are declared, and a server of tenant '{review.Tenant}' may have {limit}; split the server, or have quotas.tenants.{review.Tenant}.maxToolsPerServer raised in the operator's configuration.");
        }
    }
}
