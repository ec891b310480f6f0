using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Signatures.Keyless;

/// <summary>Checks a certificate against an authority's chain, as of a time, without asking anybody.</summary>
internal static class CertificateChain
{
    public static bool IsValid(X509Certificate2? leaf, TrustedAuthority authority, DateTimeOffset time, string usage)
    {
        if (leaf is null)
        {
            return false;
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(authority.Chain[^1]);
        policy.ExtraStore.AddRange(authority.Chain.SkipLast(1).ToArray());
        policy.RevocationMode = X509RevocationMode.NoCheck; // they live for minutes; Fulcio has no revocation
        policy.DisableCertificateDownloads = true;          // a certificate's author must not send us anywhere
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = time.UtcDateTime;
        policy.ApplicationPolicy.Add(new Oid(usage));
        return chain.Build(leaf);
    }

    /// <summary>The certificate that signed a leaf which <see cref="IsValid"/> accepted.</summary>
    public static X509Certificate2? Issuer(X509Certificate2 leaf, TrustedAuthority authority) =>
        authority.Chain.FirstOrDefault(c => c.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData));
}
