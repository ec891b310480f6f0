using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A tenant has as many servers as the platform team grants it. Those that came first stay.</summary>
/// <param name="mode">The mode in which this rule speaks: it refuses in the one and warns in the other.</param>
public sealed class ServersOverQuota(QuotaMode mode) : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var quotas = review.Configuration.Quotas;
        var limit = Tenants.QuotaOf(review.Tenant, quotas).MaxServersPerTenant;
        // A change does not add a server; in a reconcile, where nothing is known of before, the newest ones above the limit are held back.
        if (quotas.Mode == mode && review.Old is null && review.Around.ServersBefore >= limit)
        {
            yield return new("metadata.name", Reasons.QuotaExceeded, $"tenant '{review.Tenant}' has {review.Around.ServersBefore} servers and may have {limit}; delete one, or have quotas.tenants.{review.Tenant}.maxServersPerTenant raised in the operator's configuration.");
        }
    }
}
