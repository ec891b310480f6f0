using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A server may only lower its tenant's limits; a higher one has no effect.</summary>
public sealed class RateLimitIneffective : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var limits = review.New.Spec.RateLimits;
        var quota = Tenants.QuotaOf(review.Tenant, review.Configuration.Quotas);
        if (review.Configuration.Quotas.Mode != QuotaMode.Enforced)
        {
            yield break;
        }

        if (limits?.ToolCallsPerMinute > quota.ToolCallsPerMinutePerServer)
        {
            yield return Ineffective("spec.rateLimits.toolCallsPerMinute", limits.ToolCallsPerMinute, quota.ToolCallsPerMinutePerServer);
        }

        if (limits?.ToolCallsPerMinutePerClient > quota.ToolCallsPerMinutePerOAuthClient)
        {
            yield return Ineffective("spec.rateLimits.toolCallsPerMinutePerClient", limits.ToolCallsPerMinutePerClient, quota.ToolCallsPerMinutePerOAuthClient);
        }
    }

    private static Violation Ineffective(string field, int? asked, int limit) =>
        new(field, Reasons.QuotaExceeded, $"{asked} is more than the tenant's limit, so {limit} holds; lower it or remove the field.");
}
