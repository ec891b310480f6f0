using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>The filter names tools as the server does; a new name in it hides the very tool that was meant.</summary>
public sealed class FilterNamesOverride : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        var filter = review.New.Spec.ToolsFilter ?? [];
        foreach (var (tool, other) in (review.New.Spec.ToolsOverride ?? Nothing).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            if (other.Name is { } name && name != tool && filter.Contains(name) && !filter.Contains(tool))
            {
                yield return new("spec.toolsFilter", Reasons.FilterNamesOverride, $"'{name}' is only the new name that spec.toolsOverride gives to '{tool}', and the filter goes by the server's own names; write '{tool}' in the filter.");
            }
        }
    }

    private static IReadOnlyDictionary<string, ToolOverride> Nothing { get; } = new Dictionary<string, ToolOverride>();
}
