using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Two tools that end with one name under the tool configuration cannot be told apart.</summary>
public sealed class ToolsCollide : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.Around.ToolConfig is { } config && ToolNames.CollisionIn(config.Spec, review.New.Spec.Tools) is { } collision)
        {
            yield return new("spec.toolConfigRef.name", Reasons.ToolNameCollision, $"with MCPToolConfig '{config.Metadata.Name}' two of this server's tools would have one name: {collision}");
        }
    }
}
