using System.Security.Cryptography;
using System.Text;
using McpOperator.Api.Configuration;
using McpOperator.Signatures.Crypto;

namespace McpOperator.Signatures.Verification;

/// <summary>Makes a policy of settings, and tells policies apart.</summary>
internal sealed class PolicyCompiler(TimeProvider time)
{
    private readonly TrustedRootFile _roots = new(time);

    /// <summary>
    /// A hash of everything that decides whether a signature is good, the trusted root's content included, and of nothing else: mode,
    /// times and registries do not change an answer.
    /// </summary>
    /// <exception cref="FormatException">The trusted root cannot be read.</exception>
    public string Fingerprint(SignatureSettings settings)
    {
        var parts = new List<string?> { settings.Require.ToString(), settings.RequireTransparencyLog.ToString(), Root(settings)?.Hash };
        foreach (var signer in settings.Signers)
        {
            parts.AddRange([signer.Name, signer.PublicKey, signer.Keyless?.Issuer, signer.Keyless?.IssuerRegex, signer.Keyless?.Identity, signer.Keyless?.IdentityRegex]);
        }

        var text = string.Concat(parts.Select(p => p is null ? "-;" : $"{p.Length}:{p};"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <exception cref="FormatException">The settings cannot be used; the message says why.</exception>
    public SignaturePolicy Compile(SignatureSettings settings)
    {
        foreach (var (path, message) in SettingsCheck.Problems(settings))
        {
            throw new FormatException($"images.signatures.{path}: {message}");
        }

        return settings.Signers.Count == 0
            ? throw new FormatException("images.signatures.signers: nobody is named whose signatures count, so no image is accepted; name signers, or set images.signatures.mode to Warn or Off.")
            : new SignaturePolicy(
                [.. settings.Signers.Select(s => new Signer(s.Name, s.PublicKey is { } pem ? VerificationKey.FromPem(pem) : null, s.Keyless is { } keyless ? new IdentityMatcher(keyless) : null))],
                settings.Require == SignerRequirement.All,
                settings.RequireTransparencyLog,
                Root(settings)?.Root);
    }

    private (string Hash, Keyless.TrustedRoot Root)? Root(SignatureSettings settings)
    {
        try
        {
            return settings.TrustedRoot is { } path ? _roots.Read(path) : null;
        }
        catch (FormatException e)
        {
            throw new FormatException($"images.signatures.trustedRoot: the file '{settings.TrustedRoot}' is {e.Message}.");
        }
    }
}
