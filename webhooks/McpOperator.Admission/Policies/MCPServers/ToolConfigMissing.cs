using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A server may come before its tool configuration, but shows no tool until that is there.</summary>
public sealed class ToolConfigMissing : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.Around is { ReferencesRead: true, ToolConfig: null } && review.New.Spec.ToolConfigRef is { } reference)
        {
            yield return new("spec.toolConfigRef.name", Reasons.NotFound, $"there is no MCPToolConfig '{reference.Name}' in this namespace yet; no tool is shown until it is created.");
        }
    }
}
