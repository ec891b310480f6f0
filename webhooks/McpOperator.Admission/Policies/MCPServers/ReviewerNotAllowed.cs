using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Deciding is a right of its own: the verb <c>approve</c> on <c>mcpservers</c>. To write the annotation is not enough.</summary>
public sealed class ReviewerNotAllowed : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.ConcernsDecision && review.Around.MayApprove != true)
        {
            yield return new($"metadata.annotations[{Annotations.Decision}]", Reasons.ReviewerNotAllowed, $"decides, and '{review.Requester}' may not: that needs the verb approve on mcpservers in this namespace; bind the ClusterRole mcp-operator-reviewer.");
        }
    }
}
