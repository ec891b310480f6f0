using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>What the user has consented to never changes afterwards.</summary>
public sealed class IdentityChanged : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        if (review.Old is not { } old)
        {
            yield break;
        }

        var (was, wants) = (old.Spec, review.New.Spec);
        foreach (var (field, same) in new[] { ("serverRef", was.ServerRef == wants.ServerRef), ("subject", was.Subject == wants.Subject), ("consentedTrust", was.ConsentedTrust == wants.ConsentedTrust) })
        {
            if (!same)
            {
                yield return new($"spec.{field}", Reasons.FieldImmutable, "never changes; make a new session.");
            }
        }
    }
}
