using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace McpOperator.Signatures.Keyless;

/// <summary>Who a Fulcio certificate says signed (github.com/sigstore/fulcio, docs/oid-info.md).</summary>
internal sealed record CertificateIdentity(string Issuer, string Subject)
{
    private const string SubjectAltName = "2.5.29.17";
    private const string IssuerV2 = "1.3.6.1.4.1.57264.1.8"; // DER UTF8String
    private const string IssuerV1 = "1.3.6.1.4.1.57264.1.1"; // bare text, deprecated
    private const string OtherNameUser = "1.3.6.1.4.1.57264.1.7";

    /// <exception cref="ProofException">It does not say exactly one identity and its issuer.</exception>
    public static CertificateIdentity Of(X509Certificate2 certificate)
    {
        try
        {
            return new CertificateIdentity(IssuerOf(certificate), SubjectOf(certificate));
        }
        catch (Exception e) when (e is AsnContentException or DecoderFallbackException or InvalidOperationException) // the last for an extension twice
        {
            throw new ProofException("has a certificate with a broken identity");
        }
    }

    private static string IssuerOf(X509Certificate2 certificate)
    {
        if (Extension(certificate, IssuerV2) is { } second)
        {
            var reader = new AsnReader(second, AsnEncodingRules.DER);
            var text = reader.ReadCharacterString(UniversalTagNumber.UTF8String);
            reader.ThrowIfNotEmpty();
            return text;
        }

        return Extension(certificate, IssuerV1) is { } first
            ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(first)
            : throw new ProofException("has a certificate that names no identity provider");
    }

    private static string SubjectOf(X509Certificate2 certificate)
    {
        if (Extension(certificate, SubjectAltName) is not { } extension)
        {
            throw new ProofException("has a certificate without an identity");
        }

        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        var subject = ReadName(names);
        return names.HasData ? throw new ProofException("has a certificate with several identities") : subject;
    }

    private static string ReadName(AsnReader names)
    {
        var tag = names.PeekTag();
        if (tag.TagClass == TagClass.ContextSpecific && tag.TagValue is 1 or 6) // mail address, URI
        {
            return names.ReadCharacterString(UniversalTagNumber.IA5String, tag);
        }

        var other = tag.HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)) ? names.ReadSequence(tag) : null;
        return other is not null && other.ReadObjectIdentifier() == OtherNameUser
            ? other.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadCharacterString(UniversalTagNumber.UTF8String)
            : throw new ProofException("has a certificate with an identity of an unknown kind");
    }

    private static byte[]? Extension(X509Certificate2 certificate, string oid) => certificate.Extensions.SingleOrDefault(e => e.Oid?.Value == oid)?.RawData;
}
