using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Webhooks.Certificates;

/// <summary>A certificate and its key, as PEM.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">The key, PKCS #8.</param>
internal sealed record PemPair(string Certificate, string Key)
{
    /// <summary>The certificate without its key.</summary>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPem(Certificate);

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2 LoadWithKey() => X509Certificate2.CreateFromPem(Certificate, Key);
}

/// <summary>Makes ECDSA P-256 certificates.</summary>
internal static class CertificateFactory
{
    private const int SerialBytes = 16;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>A self-signed authority. Its name holds its serial number: two that are trusted at a time are told apart by name.</summary>
    public static PemPair MakeAuthority(DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = MakeSerial();
        var request = new CertificateRequest($"CN=mcp-operator-webhook-ca-{Convert.ToHexStringLower(serial)[..8]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - CertificateLifetimes.Backdate, now + lifetime, serial);
        return new(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A serving certificate. It never outlives its authority.</summary>
    public static PemPair MakeServing(PemPair authority, IReadOnlyList<string> names, DateTimeOffset now, TimeSpan lifetime)
    {
        using var issuer = authority.LoadWithKey();
        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        var (begin, end) = (now - CertificateLifetimes.Backdate, now + lifetime);
        using var certificate = request.Create(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            begin < issuer.NotBefore ? issuer.NotBefore : begin,
            end > issuer.NotAfter ? issuer.NotAfter : end,
            MakeSerial());
        return new(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Positive, as serial numbers have to be.</summary>
    private static byte[] MakeSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
