using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>An image has to be signed by those whom the configuration names. The look at its registry is over when rules run.</summary>
/// <param name="effect">Whether this is the rule that refuses, or the one that warns.</param>
public sealed class ImageNotVerified(SignatureEffect effect) : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.Around.Signature is { } signature && signature.Effect == effect)
        {
            yield return new("spec.image", signature.Reason, signature.Message);
        }
    }
}
