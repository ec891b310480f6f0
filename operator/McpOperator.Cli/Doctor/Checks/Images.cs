using McpOperator.Api.Configuration;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether any image could be admitted, and by whose word.</summary>
internal sealed class Images : ICheck
{
    public string Name => "images";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        var (images, proxy) = (patient.Configuration.Images, patient.Configuration.Proxy.Image);
        if (images.AllowedRegistries.Count == 0 && images.AllowedRegistriesByTenant.Count == 0)
        {
            yield return Finding.Problem("No registry is allowed, so every server is refused.", "Name yours under images.allowedRegistries in the operator's configuration.");
        }

        yield return images.Signatures switch
        {
            { Mode: SignatureMode.Enforce, Signers.Count: 0 } => Finding.Problem("Signatures are enforced and no signer is trusted, so every image is refused.", "Name who signs your images under images.signatures.signers in the operator's configuration."),
            { Mode: SignatureMode.Enforce } => Finding.Ok($"Images have to be signed by {string.Join(", ", images.Signatures.Signers.Select(s => s.Name))}."),
            var lax => Finding.Warning($"Signatures are not enforced (images.signatures.mode: {lax.Mode}): anybody who can push to an allowed registry decides what runs.", "Name signers, and set mode: Enforce."),
        };
        yield return proxy == new ProxySettings().Image
            ? Finding.Problem("proxy.image is the placeholder that is shipped; no server can start.", "Set proxy.image in the operator's configuration to the proxy's image, by digest.")
            : Finding.Ok($"The proxy is {proxy}.");
    }
}
