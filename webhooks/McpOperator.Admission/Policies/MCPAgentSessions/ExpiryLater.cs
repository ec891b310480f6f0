using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A session's end can only move earlier: a longer one needs the user's consent again.</summary>
public sealed class ExpiryLater : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        if (review.Old is { } old && review.New.Spec.ExpiresAt > old.Spec.ExpiresAt)
        {
            yield return new("spec.expiresAt", Reasons.FieldImmutable, $"may only be moved to before {old.Spec.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}; make a new session.");
        }
    }
}
