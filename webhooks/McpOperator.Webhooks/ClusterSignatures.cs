using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Signatures;

namespace McpOperator.Webhooks;

/// <summary>Asks the verifier about a server's image, with the pull secrets that the server names.</summary>
/// <param name="verifier">Who verifies.</param>
/// <param name="secrets">Reads pull secrets.</param>
public sealed class ClusterSignatures(ISignatureVerifier verifier, PullSecrets secrets) : IImageSignatures
{
    /// <summary>Seconds: a whole decision takes 8, and a registry's silence shall be told as that.</summary>
    private const int LongestLook = 7;

    /// <inheritdoc/>
    public async Task<SignatureFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct)
    {
        var spec = review.New.Spec;
        if (MCPServerPolicies.ImageName.Check(review).Count > 0 || ImageReference.TryParse(spec.Image) is not { } image)
        {
            return null;
        }

        var settings = review.Configuration.Images.Signatures.For(review.Tenant);
        settings = settings with { TimeoutSeconds = Math.Min(settings.TimeoutSeconds, LongestLook) };
        if (settings.Mode == SignatureMode.Off)
        {
            return new(SignatureEffect.Accept, Reasons.SignatureNotChecked, "Signatures are switched off (images.signatures.mode).");
        }

        var request = new SignatureRequest
        {
            Image = image,
            Settings = settings,
            Registries = review.Configuration.Images.Registries,
            Credentials = end => secrets.ReadAsync(review.New, end),
        };
        var verdict = await verifier.VerifyAsync(request, ct);
        var effect = verdict.MustRefuse ? SignatureEffect.Refuse : verdict.MustWarn ? SignatureEffect.Warn : SignatureEffect.Accept;
        return new(effect, verdict.Reason, verdict.Message);
    }
}
