using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Signatures;

namespace McpOperator.Webhooks;

/// <summary>Asks the verifier about a server's image, with the pull secrets that the server names.</summary>
/// <param name="verifier">Who verifies.</param>
/// <param name="client">Where pull secrets are; nothing to ask registries anonymously.</param>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Get)]
public sealed class ClusterSignatures(ISignatureVerifier verifier, IKubernetesClient? client) : IImageSignatures
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

        var credentials = await CredentialsAsync(review.New, ct);
        var verdict = await verifier.VerifyAsync(new() { Image = image, Settings = settings, Credentials = credentials }, ct);
        var effect = verdict.MustRefuse ? SignatureEffect.Refuse : verdict.MustWarn ? SignatureEffect.Warn : SignatureEffect.Accept;
        return new(effect, verdict.Reason, verdict.Message);
    }

    /// <summary>
    /// Secrets in the server's own namespace only, and of the types that hold pull secrets only: nobody shall have another Secret's content
    /// sent to a registry by naming it here.
    /// </summary>
    private async Task<RegistryCredentials> CredentialsAsync(MCPServer server, CancellationToken ct)
    {
        var ns = server.Metadata.NamespaceProperty;
        var found = new List<RegistryCredentials>();
        foreach (var reference in ns is null ? [] : server.Spec.ImagePullSecrets ?? [])
        {
            if (client is not null && await client.GetAsync<V1Secret>(reference.Name, ns, ct) is { Type: "kubernetes.io/dockerconfigjson" or "kubernetes.io/dockercfg", Data: { } data })
            {
                try
                {
                    found.Add(RegistryCredentials.FromSecret(data));
                }
                catch (FormatException)
                {
                    // The node cannot use it either; the registry's refusal tells that a credential is missing.
                }
            }
        }

        return RegistryCredentials.Join(found);
    }
}
