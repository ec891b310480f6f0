using System.Formats.Asn1;
using System.Security.Cryptography;

namespace McpOperator.Signatures.Crypto;

/// <summary>A public key that can check signatures. Safe to use from several threads at once.</summary>
internal sealed class VerificationKey
{
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string RsaPublicKey = "1.2.840.113549.1.1.1";
    private const string Ed25519PublicKey = "1.3.101.112";

    private readonly Func<byte[], byte[], bool> _verify;

    private VerificationKey(byte[] spki, string kind, Func<byte[], byte[], bool> verify)
    {
        Spki = spki;
        Kind = kind;
        Hash = SHA256.HashData(spki);
        _verify = verify;
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] Spki { get; }

    public string Kind { get; }

    /// <summary>SHA-256 of <see cref="Spki"/>: the key's hint in a bundle, and a log's identity.</summary>
    public byte[] Hash { get; }

    /// <summary>Reads PEM of type PUBLIC KEY.</summary>
    /// <exception cref="FormatException">It is no such key; the message says why.</exception>
    public static VerificationKey FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PUBLIC KEY" || !string.IsNullOrWhiteSpace(pem[fields.Location.End..]))
        {
            throw new FormatException("not one PEM block '-----BEGIN PUBLIC KEY-----' (the content of cosign.pub)");
        }

        return FromSpki(Convert.FromBase64String(pem[fields.Base64Data]));
    }

    /// <summary>Reads a DER SubjectPublicKeyInfo.</summary>
    /// <exception cref="FormatException">It is none, or of a kind or size that is not supported.</exception>
    public static VerificationKey FromSpki(byte[] spki)
    {
        try
        {
            return Algorithm(spki) switch
            {
                EcPublicKey => Ec(spki),
                RsaPublicKey => Rsa(spki),
                Ed25519PublicKey => new VerificationKey(spki, "Ed25519", Ed25519.Load(spki)),
                var other => throw new FormatException($"a key of the kind {other}; supported are ECDSA P-256 and P-384, RSA and Ed25519"),
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw new FormatException("not a public key in DER (SubjectPublicKeyInfo)");
        }
    }

    /// <summary>Checks a signature; garbage is merely wrong.</summary>
    public bool Verify(byte[] message, byte[] signature)
    {
        try
        {
            return signature.Length is > 0 and <= 1024 && _verify(message, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string Algorithm(byte[] spki)
    {
        var outer = new AsnReader(spki, AsnEncodingRules.DER);
        var info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        return info.ReadSequence().ReadObjectIdentifier();
    }

    /// <summary>cosign hashes with SHA-256 whatever the curve; sigstore's newer libraries take the curve's own hash.</summary>
    private static VerificationKey Ec(byte[] spki)
    {
        var size = CurveSize(spki);
        HashAlgorithmName[] hashes = size switch
        {
            256 => [HashAlgorithmName.SHA256],
            384 => [HashAlgorithmName.SHA384, HashAlgorithmName.SHA256],
            _ => throw new FormatException("an elliptic curve other than P-256 and P-384, or one without a name"),
        };
        return new VerificationKey(spki, $"ECDSA P-{size}", (message, signature) =>
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return hashes.Any(hash => key.VerifyData(message, signature, hash, DSASignatureFormat.Rfc3279DerSequence));
        });
    }

    /// <summary>A curve that is given by its numbers rather than its name is refused (CVE-2020-0601), even if they are the right ones.</summary>
    private static int CurveSize(byte[] spki)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(spki, out _);
        var curve = key.ExportParameters(false).Curve;
        return !curve.IsNamed ? 0 : curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => 256,
            "1.3.132.0.34" => 384,
            _ => 0,
        };
    }

    private static VerificationKey Rsa(byte[] spki)
    {
        using var probe = RSA.Create();
        probe.ImportSubjectPublicKeyInfo(spki, out _);
        if (probe.KeySize is < 2048 or > 8192)
        {
            throw new FormatException($"an RSA key of {probe.KeySize} bits; supported are 2048 to 8192");
        }

        return new VerificationKey(spki, $"RSA {probe.KeySize}", (message, signature) =>
        {
            using var key = RSA.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return key.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                || key.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        });
    }
}
