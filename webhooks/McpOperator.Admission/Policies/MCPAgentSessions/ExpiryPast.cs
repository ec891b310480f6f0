using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A session that has ended before it began is a slip. One that exists may be ended that way.</summary>
public sealed class ExpiryPast : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        var end = review.New.Spec.ExpiresAt;
        if (review.Operation == Operation.Create && end <= review.Now)
        {
            yield return new("spec.expiresAt", Reasons.ExpiryPast, $"{end:yyyy-MM-ddTHH:mm:ssZ} lies in the past; choose a later time.");
        }
    }
}
