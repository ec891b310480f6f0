using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Signatures.Crypto;
using McpOperator.Signatures.Keyless;

namespace McpOperator.Signatures.Verification;

/// <summary>Says which signers made a signature, and that all the proofs that are asked for hold.</summary>
internal static class SignatureJudge
{
    /// <returns>Names of those among the signers who made it.</returns>
    public static IReadOnlyList<string> Judge(SignatureCandidate candidate, SignaturePolicy policy, ICollection<Finding> findings)
    {
        var good = new List<string>();
        var identity = Guard(() => policy.Signers.Any(s => s.Identity is not null) ? Identify(candidate, policy) : null, findings);
        foreach (var signer in policy.Signers)
        {
            var isGood = signer.Key is { } key
                ? Guard(() => Check(candidate, signer.Name, key, policy), findings)
                : identity is not null && signer.Identity!.Matches(identity);
            if (isGood)
            {
                good.Add(signer.Name);
            }
        }

        if (good.Count == 0)
        {
            findings.Add(Finding.NotTrusted(identity is null
                ? $"a signature was made by none of the trusted signers ({Names(policy)}), or was changed afterwards; sign the image as one of them"
                : $"a signature was made by {Shown(identity.Subject)} of {Shown(identity.Issuer)}, who is none of the trusted signers ({Names(policy)}); sign the image as one of them"));
        }

        return good;
    }

    public static string Names(SignaturePolicy policy) => string.Join(", ", policy.Signers.Select(s => s.Name));

    /// <returns>Whether the key's holder made it; when he did and a proof is lacking, that is thrown.</returns>
    private static bool Check(SignatureCandidate candidate, string name, VerificationKey key, SignaturePolicy policy)
    {
        if (!key.Verify(candidate.Signed, candidate.Signature))
        {
            return candidate.KeyHint is { } hint && hint.AsSpan().SequenceEqual(key.Hash)
                ? throw new ProofException($"that names the key of {name} does not fit its content: one of them was changed")
                : false;
        }

        if (policy.RequireLog)
        {
            List<byte[]> verifiers = [key.Spki];
            if (candidate.Certificate is { } der && FulcioCertificate.Load(der) is var certificate && Spki(certificate).AsSpan().SequenceEqual(key.Spki))
            {
                verifiers.Add(der);
            }

            _ = LogTimes(candidate, verifiers, policy.Root!);
        }

        return true;
    }

    /// <returns>The identity that is proven to have made it; nothing if it has no certificate.</returns>
    private static CertificateIdentity? Identify(SignatureCandidate candidate, SignaturePolicy policy)
    {
        if (candidate.Certificate is not { } der || policy.Root is not { } root)
        {
            return null;
        }

        using var certificate = FulcioCertificate.Load(der);
        var key = Key(certificate);
        if (!key.Verify(candidate.Signed, candidate.Signature))
        {
            throw new ProofException("does not fit its certificate and content: one of them was changed");
        }

        var times = policy.RequireLog || candidate.LogEntries.Count > 0 ? LogTimes(candidate, [der], root) : [];
        times.AddRange(candidate.Timestamps.Select(stamp => TimestampProof.Check(stamp, candidate.Signature, root)));
        FulcioCertificate.Check(certificate, times, root);
        return CertificateIdentity.Of(certificate);
    }

    /// <summary>One proven entry is enough; without any the last one's defect is told.</summary>
    private static List<DateTimeOffset> LogTimes(SignatureCandidate candidate, IReadOnlyList<byte[]> verifiers, TrustedRoot root)
    {
        ProofException? defect = null;
        var times = new List<DateTimeOffset>();
        var proven = false;
        foreach (var entry in candidate.LogEntries)
        {
            try
            {
                var time = LogProof.Check(entry, body => body.IsAbout(candidate.Signed, candidate.Payload, candidate.Signature, verifiers), root);
                proven = true;
                times.AddRange(time is { } known ? [known] : []);
            }
            catch (ProofException e)
            {
                defect = e;
            }
        }

        return proven ? times : throw defect ?? new ProofException("has no entry in a transparency log; sign without --tlog-upload=false, or set images.signatures.requireTransparencyLog: false for signatures by a key");
    }

    private static T? Guard<T>(Func<T> check, ICollection<Finding> findings)
    {
        try
        {
            return check();
        }
        catch (ProofException e)
        {
            findings.Add(Finding.Unproven($"a signature {e.Message}"));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            findings.Add(Finding.Malformed("a signature has a broken key or certificate"));
        }

        return default;
    }

    private static VerificationKey Key(X509Certificate2 certificate)
    {
        try
        {
            return VerificationKey.FromSpki(Spki(certificate));
        }
        catch (FormatException e)
        {
            throw new ProofException($"has a certificate with {e.Message}");
        }
    }

    private static byte[] Spki(X509Certificate2 certificate) => certificate.PublicKey.ExportSubjectPublicKeyInfo();

    /// <summary>A proven identity, fit for a message.</summary>
    private static string Shown(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
