using McpOperator.Api;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>The fewest pods cannot be more than the most.</summary>
public sealed class ScaleInverted : IPolicy<MCPServerReview>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(MCPServerReview review)
    {
        if (review.Server.Spec.Scaling is { } scaling && scaling.MinScale > scaling.MaxScale)
        {
            yield return new("spec.scaling.minScale", Reasons.InvalidSpec, $"{scaling.MinScale} is more than maxScale, which is {scaling.MaxScale}; lower the one or raise the other.");
        }
    }
}
