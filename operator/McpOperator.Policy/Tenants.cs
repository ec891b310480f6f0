using McpOperator.Api;
using McpOperator.Api.Configuration;

namespace McpOperator.Policy;

/// <summary>To whom a namespace belongs and what that tenant may have.</summary>
public static class Tenants
{
    /// <summary>The tenant of a namespace: the value of its label <c>mcpoperator.io/tenant</c>, else its name.</summary>
    public static string Of(string namespaceName, IReadOnlyDictionary<string, string>? namespaceLabels) =>
        namespaceLabels?.GetValueOrDefault(Labels.Tenant) is { Length: > 0 } tenant ? tenant : namespaceName;

    /// <summary>What the tenant may have.</summary>
    public static TenantQuota QuotaOf(string tenant, QuotaSettings quotas) => quotas.Tenants.GetValueOrDefault(tenant) ?? quotas.Default;
}
