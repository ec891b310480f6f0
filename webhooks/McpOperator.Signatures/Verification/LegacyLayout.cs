using System.Security.Cryptography;
using System.Text;
using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Verification;

/// <summary>cosign's older layout: tag <c>sha256-HEX.sig</c>, one layer per signature, everything else in the layer's annotations.</summary>
internal static class LegacyLayout
{
    public const string MediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
    private const string SignatureKey = "dev.cosignproject.cosign/signature";
    private const string Certificate = "dev.sigstore.cosign/certificate";
    private const string Log = "dev.sigstore.cosign/bundle";
    private const string Timestamp = "dev.sigstore.cosign/rfc3161timestamp";

    public static string Tag(string digest) => digest.Replace(':', '-') + ".sig";

    /// <exception cref="FormatException">The layer is no signature.</exception>
    public static SignatureCandidate Read(ManifestLayer layer, byte[] payload) => new()
    {
        Signed = payload,
        Signature = layer.Annotations.TryGetValue(SignatureKey, out var text) ? JsonElements.Base64(text, SignatureKey) : throw new FormatException("a layer without the annotation " + SignatureKey),
        Certificate = layer.Annotations.TryGetValue(Certificate, out var pem) && pem.Length > 0 ? ReadCertificate(pem) : null,
        LogEntries = layer.Annotations.TryGetValue(Log, out var log) && log.Length > 0 ? [LogEntry.FromAnnotation(log)] : [],
        Timestamps = layer.Annotations.TryGetValue(Timestamp, out var stamp) && stamp.Length > 0
            ? [StrictJson.Read(Encoding.UTF8.GetBytes(stamp), root => root.Bytes("SignedRFC3161Timestamp"))]
            : [],
    };

    /// <returns>Why it is not about this image, or nothing.</returns>
    public static Finding? CheckClaim(SignatureCandidate candidate, string digest)
    {
        var claim = SimpleSigning.Parse(candidate.Signed);
        return claim.Type != SimpleSigning.SignatureType ? Finding.OtherImage($"a signed statement is of another type than '{SimpleSigning.SignatureType}'")
            : claim.ManifestDigest != digest ? Finding.OtherImage($"a signature is of another image{Named(claim.ManifestDigest)}; sign this one")
            : null;
    }

    private static string Named(string digest) => Registry.Digest.IsValid(digest) ? $" ({digest})" : "";

    private static byte[] ReadCertificate(string pem) =>
        PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "CERTIFICATE"
            ? Convert.FromBase64String(pem[fields.Base64Data])
            : throw new FormatException("a certificate that is not PEM");
}
