using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace McpOperator.Signatures.Keyless;

/// <summary>Checks an RFC 3161 timestamp over a signature, made by a timestamp authority that is trusted.</summary>
internal static class TimestampProof
{
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";

    /// <param name="response">A TimeStampResp: status and token.</param>
    /// <param name="signature">What was stamped.</param>
    /// <param name="root">Whom to trust.</param>
    /// <returns>The time.</returns>
    /// <exception cref="ProofException">The timestamp does not hold.</exception>
    public static DateTimeOffset Check(byte[] response, byte[] signature, TrustedRoot root)
    {
        try
        {
            if (!Rfc3161TimestampToken.TryDecode(Token(response), out var token, out _))
            {
                throw new ProofException("has a broken timestamp");
            }

            var time = token.TokenInfo.Timestamp;
            foreach (var authority in root.TimestampAuthorities.Where(a => a.ValidFor.Covers(time)))
            {
                if (token.VerifySignatureForData(signature, out var signer, [.. authority.Chain]) && CertificateChain.IsValid(signer, authority, time, TimeStamping))
                {
                    return time;
                }
            }
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw new ProofException("has a broken timestamp");
        }

        throw new ProofException("has a timestamp that is not of this signature, or whose authority the trusted root does not know");
    }

    private static ReadOnlyMemory<byte> Token(byte[] response)
    {
        var sequence = new AsnReader(response, AsnEncodingRules.DER).ReadSequence();
        var status = sequence.ReadSequence().ReadInteger();
        return (status == 0 || status == 1) && sequence.HasData ? sequence.ReadEncodedValue() : throw new ProofException("has a timestamp that was refused");
    }
}
