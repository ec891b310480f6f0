using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>An override that changes nothing shows that somebody forgot what to write.</summary>
public sealed class OverrideEmpty : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        foreach (var (tool, other) in (review.New.Spec.ToolsOverride ?? Nothing).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            var changesNothing = other.Description is null && (other.Annotations is null || other.Annotations == NoAnnotations) && (other.Name is null || other.Name == tool);
            if (changesNothing)
            {
                yield return new($"spec.toolsOverride[{tool}]", Reasons.OverrideEmpty, "changes nothing; give the tool another name, a description or annotations, or remove the override.");
            }
        }
    }

    private static ToolAnnotations NoAnnotations { get; } = new();

    private static IReadOnlyDictionary<string, ToolOverride> Nothing { get; } = new Dictionary<string, ToolOverride>();
}
