using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>An override of a tool that the filter hides has no effect.</summary>
public sealed class OverrideHidden : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        foreach (var tool in (review.New.Spec.ToolsOverride?.Keys ?? []).Order(StringComparer.Ordinal))
        {
            if (review.New.Spec.ToolsFilter is { } filter && !filter.Contains(tool))
            {
                yield return new($"spec.toolsOverride[{tool}]", Reasons.OverrideHidden, $"has no effect, because spec.toolsFilter hides '{tool}'; add it to the filter or remove the override.");
            }
        }
    }
}
