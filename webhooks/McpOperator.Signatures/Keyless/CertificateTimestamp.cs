using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Signatures.Keyless;

/// <summary>
/// Checks the signed certificate timestamps (SCT) inside a certificate: the word of a certificate log that the authority showed it the
/// certificate before it was issued (RFC 6962 §3.2, §3.3).
/// </summary>
internal static class CertificateTimestamp
{
    private const string SctList = "1.3.6.1.4.1.11129.2.4.2";
    private const byte Sha256 = 4;

    /// <exception cref="ProofException">No log that is trusted has signed.</exception>
    public static void Check(X509Certificate2 leaf, X509Certificate2 issuer, TrustedRoot root)
    {
        if (leaf.Extensions.FirstOrDefault(e => e.Oid?.Value == SctList) is not { } extension)
        {
            throw new ProofException("has a certificate without the word of a certificate log (SCT)");
        }

        try
        {
            var precertificate = WithoutTimestamps(leaf.RawData);
            var issuerKey = SHA256.HashData(issuer.PublicKey.ExportSubjectPublicKeyInfo());
            if (Split(new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadOctetString()).Any(sct => IsGood(sct, precertificate, issuerKey, root)))
            {
                return;
            }
        }
        catch (Exception e) when (e is AsnContentException or ArgumentOutOfRangeException or CryptographicException)
        {
            throw new ProofException("has a certificate with a broken word of a certificate log (SCT)");
        }

        throw new ProofException("has a certificate that no certificate log of the trusted root has signed (SCT)");
    }

    /// <summary>version(1) log(32) milliseconds(8) extensions(2+n) hash(1) algorithm(1) signature(2+n)</summary>
    private static bool IsGood(byte[] sct, byte[] precertificate, byte[] issuerKey, TrustedRoot root)
    {
        var id = sct.AsSpan(1, 32);
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(sct.AsSpan(33));
        var extensions = sct.AsSpan(43, BinaryPrimitives.ReadUInt16BigEndian(sct.AsSpan(41)));
        var rest = sct.AsSpan(43 + extensions.Length);
        var signature = rest.Slice(4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..])).ToArray();
        if (sct[0] != 0 || rest[0] != Sha256 || rest.Length != 4 + signature.Length || milliseconds is < 0 or > 253402300799999)
        {
            return false;
        }

        byte[] signed = [0, 0, .. sct.AsSpan(33, 8), 0, 1, .. issuerKey, .. Length(precertificate.Length, 3), .. precertificate, .. Length(extensions.Length, 2), .. extensions];
        var time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        foreach (var log in root.CertificateLogs)
        {
            if (id.SequenceEqual(log.Id) && log.ValidFor.Covers(time) && log.Key.Verify(signed, signature))
            {
                return true;
            }
        }

        return false;
    }

    private static List<byte[]> Split(byte[] list)
    {
        var scts = new List<byte[]>();
        for (var rest = list.AsSpan(2, BinaryPrimitives.ReadUInt16BigEndian(list)); rest.Length > 0 && scts.Count < 16;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            scts.Add(rest.Slice(2, length).ToArray());
            rest = rest[(2 + length)..];
        }

        return scts;
    }

    /// <summary>What the log saw: the certificate's inner part without the SCTs that were put in afterwards.</summary>
    private static byte[] WithoutTimestamps(byte[] certificate)
    {
        var fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 3);
        using (writer.PushSequence())
        {
            while (fields.HasData)
            {
                if (!fields.PeekTag().HasSameClassAndValue(extensionsTag))
                {
                    writer.WriteEncodedValue(fields.ReadEncodedValue().Span);
                    continue;
                }

                var extensions = fields.ReadSequence(extensionsTag).ReadSequence();
                using (writer.PushSequence(extensionsTag))
                using (writer.PushSequence())
                {
                    while (extensions.HasData)
                    {
                        var extension = extensions.ReadEncodedValue();
                        if (new AsnReader(extension, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier() != SctList)
                        {
                            writer.WriteEncodedValue(extension.Span);
                        }
                    }
                }
            }
        }

        return writer.Encode();
    }

    private static byte[] Length(int value, int bytes)
    {
        var all = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(all, value);
        return all[^bytes..];
    }
}
