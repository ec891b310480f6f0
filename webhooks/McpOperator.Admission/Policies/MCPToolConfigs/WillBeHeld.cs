using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>A tool configuration changes what every server that names it says.</summary>
public sealed class WillBeHeld : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        if (review.Around.ServersHeld.OrderBy(s => s.Key, StringComparer.Ordinal).ToList() is [var (server, changes), ..] all)
        {
            yield return new("spec", Reasons.HeldForReview, $"waits for review on {server}{(all.Count > 1 ? $" and {all.Count - 1} more servers" : "")}: {MCPServers.WillBeHeld.Named(changes)}. See: mcp-operator review list -n {review.New.Metadata.NamespaceProperty}");
        }
    }
}
