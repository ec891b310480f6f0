using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A revoked session stays revoked: whoever revoked it relies on that.</summary>
public sealed class Unrevoked : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        if (review.Old is { Spec.Revoked: true } && !review.New.Spec.Revoked)
        {
            yield return new("spec.revoked", Reasons.SessionRevoked, "a revoked session stays revoked; make a new session.");
        }
    }
}
