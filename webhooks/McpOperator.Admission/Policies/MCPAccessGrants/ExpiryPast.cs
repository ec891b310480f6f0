using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>A grant that has ended before it began is a slip.</summary>
public sealed class ExpiryPast : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        // One that has expired since may still be changed in other fields.
        if (review.New.Spec.ExpiresAt is { } end && end <= review.Now && end != review.Old?.Spec.ExpiresAt)
        {
            yield return new("spec.expiresAt", Reasons.ExpiryPast, $"{end:yyyy-MM-ddTHH:mm:ssZ} lies in the past; choose a later time, or set spec.disabled to end the grant now.");
        }
    }
}
