using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Signatures.Keyless;

/// <summary>Checks a Fulcio certificate: issued by an authority that is trusted, valid when it signed, and known to a certificate log.</summary>
internal static class FulcioCertificate
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <exception cref="ProofException">It is none.</exception>
    public static X509Certificate2 Load(byte[] der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            throw new ProofException("has a broken certificate");
        }
    }

    /// <param name="leaf">The certificate.</param>
    /// <param name="times">When it signed, proven; at least one. It must have been valid at all of them.</param>
    /// <param name="root">Whom to trust.</param>
    /// <exception cref="ProofException">Something does not hold.</exception>
    public static void Check(X509Certificate2 leaf, IReadOnlyList<DateTimeOffset> times, TrustedRoot root)
    {
        if (times.Count == 0)
        {
            throw new ProofException("has no proof of its time, which a keyless one needs (a signed entry of the transparency log, or a timestamp)");
        }

        if (leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(b => b.CertificateAuthority))
        {
            throw new ProofException("has the certificate of an authority, not of a signer");
        }

        // The authority is told by its key, not by its name, and by no more than those of the trusted root.
        var authority = root.CertificateAuthorities.FirstOrDefault(a => times.All(t => a.ValidFor.Covers(t) && CertificateChain.IsValid(leaf, a, t, CodeSigning)))
            ?? throw new ProofException("has a certificate that no authority of the trusted root issued, or that was not valid when it signed");
        var issuer = CertificateChain.Issuer(leaf, authority) ?? throw new ProofException("has a certificate whose authority is not in the trusted root");
        CertificateTimestamp.Check(leaf, issuer, root);
    }
}
