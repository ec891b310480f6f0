using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>Two tools may never end with one name: clients could not tell which of them they call.</summary>
public sealed class NamesCollide : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        if (ToolNames.CollisionIn(review.New.Spec) is { } collision)
        {
            yield return new("spec.toolsOverride", Reasons.ToolNameCollision, collision);
            yield break;
        }

        // Fine by itself, and yet it may clash with what a server that uses it declares.
        foreach (var user in review.Around.Users.OrderBy(u => u.Metadata.Name, StringComparer.Ordinal))
        {
            if (ToolNames.CollisionIn(review.New.Spec, user.Spec.Tools) is { } clash)
            {
                yield return new("spec.toolsOverride", Reasons.ToolNameCollision, $"MCPServer '{user.Metadata.Name}', which uses this, would show two tools of one name: {clash}");
            }
        }
    }
}
