using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>A confidential client's secret has to be put somewhere.</summary>
public sealed class SecretNameMissing : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        if (review.New.Spec.OauthClient is { Confidential: true } client && string.IsNullOrEmpty(client.SecretName))
        {
            yield return new("spec.oauthClient.secretName", Reasons.SecretNameMissing, "is missing: the secret of a confidential client is written into a Secret; name one, or set confidential to false.");
        }
    }
}
