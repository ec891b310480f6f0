using System.Runtime.CompilerServices;
using McpOperator.Signatures.Formats;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures.Verification;

/// <summary>
/// Looks for signatures in all places where cosign puts them: the tag of the older layout, then what refers to the image (the referrers
/// API, or its fallback tag where the registry has none). Nothing is fetched before it is needed, and in this order it takes no more
/// requests than cosign 2 makes, which knows the older layout alone, and fewer than cosign 3.
/// </summary>
internal sealed class SignatureFinder(RegistrySession registry, string digest, int most, ICollection<Finding> findings)
{
    private int _seen;

    /// <summary>Signatures that say they are of this image. What is found amiss goes to the findings.</summary>
    public async IAsyncEnumerable<SignatureCandidate> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var layer in await GuardAsync(() => LegacyLayersAsync(cancellationToken)) ?? [])
        {
            if (await GuardAsync(() => LegacyAsync(layer, cancellationToken)) is { } candidate)
            {
                yield return candidate;
            }
        }

        foreach (var manifest in await GuardAsync(() => ReferringAsync(cancellationToken)) ?? [])
        {
            if (await GuardAsync(() => BundleAsync(manifest, cancellationToken)) is { } candidate)
            {
                yield return candidate;
            }
        }
    }

    /// <summary>One bad thing must not hide the good one beside it.</summary>
    private async Task<T?> GuardAsync<T>(Func<Task<T?>> find) where T : class
    {
        try
        {
            return await find();
        }
        catch (RegistryException e)
        {
            findings.Add(Finding.Of(e));
        }
        catch (ContentTooLargeException e)
        {
            findings.Add(Finding.Malformed($"{e.Message} and was not read"));
        }
        catch (FormatException e)
        {
            findings.Add(Finding.Malformed($"a signature is malformed ({e.Message})"));
        }

        return null;
    }

    private async Task<IReadOnlyList<string>?> ReferringAsync(CancellationToken cancellationToken)
    {
        var pages = await registry.FindReferrersAsync(digest, cancellationToken);
        if (pages is null)
        {
            var fallback = await registry.FindByTagAsync(BundleLayout.FallbackTag(digest), cancellationToken);
            pages = fallback is null ? [] : [fallback];
        }

        // The entries' artifactType is not looked at: cosign writes the config's type there. Each manifest says itself what it is.
        var manifests = pages.SelectMany(page => SignatureManifest.Parse(page, "manifests").Layers).Select(l => l.Digest).Where(Digest.IsValid).Distinct().ToList();
        return Bounded(manifests);
    }

    private async Task<SignatureCandidate?> BundleAsync(string manifestDigest, CancellationToken cancellationToken)
    {
        if (await registry.FindManifestAsync(manifestDigest, cancellationToken) is not { } text)
        {
            return null;
        }

        var manifest = SignatureManifest.Parse(text, "layers");
        if (manifest.ArtifactType != SigstoreBundle.MediaType)
        {
            return null; // something else that refers to the image
        }

        if (manifest.Subject != digest || manifest.Layers is not [{ MediaType: SigstoreBundle.MediaType } layer] || !Digest.IsValid(layer.Digest))
        {
            throw new FormatException("a manifest that refers to another image, or does not hold exactly one bundle");
        }

        if (BundleLayout.CheckAnnotation(manifest) is { } finding)
        {
            findings.Add(finding);
            return null;
        }

        return await registry.FindBlobAsync(layer.Digest, cancellationToken) is { } blob
            ? Claimed(BundleLayout.Read(blob), BundleLayout.CheckClaim)
            : throw new FormatException("its content is not in the registry");
    }

    private async Task<IReadOnlyList<ManifestLayer>?> LegacyLayersAsync(CancellationToken cancellationToken)
    {
        if (await registry.FindByTagAsync(LegacyLayout.Tag(digest), cancellationToken) is not { } text)
        {
            return null;
        }

        var layers = SignatureManifest.Parse(text, "layers").Layers;
        return layers.Count > 0 ? Bounded(layers) : throw new FormatException("a manifest without layers");
    }

    private async Task<SignatureCandidate?> LegacyAsync(ManifestLayer layer, CancellationToken cancellationToken)
    {
        if (layer.MediaType != LegacyLayout.MediaType || !Digest.IsValid(layer.Digest))
        {
            throw new FormatException("a layer of another type than " + LegacyLayout.MediaType);
        }

        return await registry.FindBlobAsync(layer.Digest, cancellationToken) is { } payload
            ? Claimed(LegacyLayout.Read(layer, payload), LegacyLayout.CheckClaim)
            : throw new FormatException("its content is not in the registry");
    }

    private SignatureCandidate? Claimed(SignatureCandidate candidate, Func<SignatureCandidate, string, Finding?> check)
    {
        if (check(candidate, digest) is not { } finding)
        {
            return candidate;
        }

        findings.Add(finding);
        return null;
    }

    private IReadOnlyList<T> Bounded<T>(IReadOnlyList<T> items) => (_seen += items.Count) <= most
        ? items
        : throw new FormatException($"the image has {_seen} signatures, and no more than {most} are looked at; remove old ones, or raise images.signatures.maxSignatures");
}
