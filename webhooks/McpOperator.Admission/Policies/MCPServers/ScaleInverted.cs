using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>The fewest pods cannot be more than the most.</summary>
public sealed class ScaleInverted : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.New.Spec.Scaling is { } scaling && scaling.MinScale > scaling.MaxScale)
        {
            yield return new("spec.scaling.minScale", Reasons.InvalidSpec, $"{scaling.MinScale} is more than maxScale, which is {scaling.MaxScale}; lower the one or raise the other.");
        }
    }
}
