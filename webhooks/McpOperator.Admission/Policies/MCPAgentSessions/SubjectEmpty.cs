using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A session of nobody could be presented by anybody.</summary>
public sealed class SubjectEmpty : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        if (string.IsNullOrEmpty(review.New.Spec.Subject.User) && string.IsNullOrEmpty(review.New.Spec.Subject.Agent))
        {
            yield return new("spec.subject", Reasons.SubjectEmpty, "is empty; name a user, an agent or both.");
        }
    }
}
