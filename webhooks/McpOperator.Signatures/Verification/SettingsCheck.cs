using McpOperator.Api.Configuration;
using McpOperator.Signatures.Crypto;

namespace McpOperator.Signatures.Verification;

/// <summary>What is wrong with settings, beyond their types.</summary>
internal static class SettingsCheck
{
    private const int MostSigners = 32;

    public static IEnumerable<(string Path, string Message)> Problems(SignatureSettings settings)
    {
        if (settings.Signers.Count > MostSigners)
        {
            yield return ("signers", $"{settings.Signers.Count} signers; at most {MostSigners} are allowed.");
        }

        foreach (var problem in settings.Signers.Index().SelectMany(s => Problems(s.Item, $"signers[{s.Index}]")))
        {
            yield return problem;
        }

        foreach (var twice in settings.Signers.Select(s => s.Name).GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return ("signers", $"two signers have the name '{twice.Key}'; give each its own.");
        }

        if (settings.TrustedRoot is null && settings.Signers.Any(s => s.Keyless is not null))
        {
            yield return ("trustedRoot", "a keyless signer needs trustedRoot, the path of a Sigstore trusted_root.json.");
        }
        else if (settings.TrustedRoot is null && settings.RequireTransparencyLog && settings.Signers.Count > 0)
        {
            yield return ("trustedRoot", "requireTransparencyLog needs trustedRoot, the path of a Sigstore trusted_root.json; set requireTransparencyLog: false if signatures are kept out of the log.");
        }

        foreach (var (field, value, low, high) in Bounds(settings).Where(b => b.Value < b.Low || b.Value > b.High))
        {
            yield return (field, $"{value} is not within {low} to {high}.");
        }
    }

    private static (string Field, int Value, int Low, int High)[] Bounds(SignatureSettings settings) =>
    [
        ("timeoutSeconds", settings.TimeoutSeconds, 1, 8),
        ("goodForSeconds", settings.GoodForSeconds, 0, 604800),
        ("badForSeconds", settings.BadForSeconds, 0, 60),
        ("maxSignatures", settings.MaxSignatures, 1, 1000),
    ];

    private static IEnumerable<(string Path, string Message)> Problems(ImageSigner signer, string path)
    {
        if (string.IsNullOrWhiteSpace(signer.Name))
        {
            yield return ($"{path}.name", "a signer needs a name.");
        }

        if ((signer.PublicKey is null) == (signer.Keyless is null))
        {
            yield return (path, "exactly one of publicKey and keyless must be set.");
        }

        if (signer.PublicKey is { } pem && Broken(() => VerificationKey.FromPem(pem)) is { } broken)
        {
            yield return ($"{path}.publicKey", $"it is {broken}.");
        }

        foreach (var problem in signer.Keyless is { } keyless ? Problems(keyless, $"{path}.keyless") : [])
        {
            yield return problem;
        }
    }

    private static IEnumerable<(string Path, string Message)> Problems(KeylessSigner keyless, string path)
    {
        foreach (var (name, exact, pattern) in new[] { ("issuer", keyless.Issuer, keyless.IssuerRegex), ("identity", keyless.Identity, keyless.IdentityRegex) })
        {
            if (string.IsNullOrEmpty(exact) == string.IsNullOrEmpty(pattern))
            {
                yield return ($"{path}.{name}", $"exactly one of {name} and {name}Regex must be set.");
            }
            else if (pattern is not null && Broken(() => IdentityMatcher.Anchored(pattern)) is { } broken)
            {
                yield return ($"{path}.{name}Regex", $"it is {broken}.");
            }
        }
    }

    private static string? Broken(Func<object> make)
    {
        try
        {
            _ = make();
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
