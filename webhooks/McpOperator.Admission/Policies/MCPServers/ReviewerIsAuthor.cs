using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Four eyes: nobody approves what they changed, neither in the server nor in its tool configuration. Rejecting, and going back to what was approved, is everybody's who may decide.</summary>
public sealed class ReviewerIsAuthor : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.ConcernsDecision && review.Configuration.Review.FourEyes && ReviewDecision.On(review.New) is { Verb: Verb.Approve }
            && review.Old?.Status.Pending?.ChangedBy?.Contains(review.Requester ?? "") == true)
        {
            yield return new($"metadata.annotations[{Annotations.Decision}]", Reasons.ReviewerIsAuthor, $"approves, and '{review.Requester}' has made the change; let somebody else decide (review.fourEyes in the operator's configuration asks for it).");
        }
    }
}
