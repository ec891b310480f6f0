using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>Without a side effect that it allows, a grant allows no call; people take the absence for 'all'.</summary>
public sealed class GrantsNothing : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        if (review.New.Spec is { AllowedSideEffects.Count: 0, Disabled: false })
        {
            yield return new("spec.allowedSideEffects", Reasons.GrantsNothing, "is empty, so the grant allows no call at all; list read, write or destructive.");
        }
    }
}
