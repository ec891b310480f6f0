using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

/// <summary>
/// A whole Sigstore made with the BCL, offline: certificate authority, certificate log, transparency log, timestamp authority, and the
/// trusted root that names them. Every part can be told to do it wrong.
/// </summary>
internal sealed class FakeSigstore : IDisposable
{
    public const string Issuer = "https://issuer.example.com";
    public const string Identity = "https://ci.example.com/acme/server@refs/heads/main";
    // As the log writes it: cosign makes it canonical before it hashes it.
    private static readonly JsonSerializerOptions Canonical = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string SctList = "1.3.6.1.4.1.11129.2.4.2";

    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _caKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _tsaKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _ca;
    private readonly X509Certificate2 _tsa;

    public FakeSigstore()
    {
        _root = Authority("root", _rootKey, null);
        _ca = Authority("intermediate", _caKey, _root);
        var tsa = new CertificateRequest("CN=time,O=example", _tsaKey, HashAlgorithmName.SHA256);
        tsa.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.8")], critical: true));
        tsa.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        _tsa = tsa.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey), Now.AddYears(-1), Now.AddYears(1), [9]).CopyWithPrivateKey(_tsaKey);
    }

    /// <summary>When things are signed: long enough ago for the certificates to have ended since.</summary>
    public DateTimeOffset Now { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public ECDsa LogKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa CertificateLogKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa LeafKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string TrustedRoot() => JsonSerializer.Serialize(new
    {
        mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        tlogs = new[] { Log(LogKey, "https://rekor.example.com") },
        ctlogs = new[] { Log(CertificateLogKey, "https://ct.example.com") },
        certificateAuthorities = new[] { Chain("https://fulcio.example.com", _ca, _root) },
        timestampAuthorities = new[] { Chain("https://tsa.example.com", _tsa, _root) },
    });

    /// <summary>A leaf for <see cref="LeafKey"/>.</summary>
    /// <param name="identity">The SAN's URI.</param>
    /// <param name="issuer">The identity provider.</param>
    /// <param name="sctKey">Signs the SCT; null: none.</param>
    /// <param name="usage">The extended key usage.</param>
    /// <param name="selfIssued">Whether a stranger with the authority's name issues it.</param>
    public X509Certificate2 Leaf(ECDsa? sctKey, string identity = Identity, string issuer = Issuer, string usage = "1.3.6.1.5.5.7.3.3", bool selfIssued = false)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), LeafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_ca, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity));
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.1", Encoding.UTF8.GetBytes(issuer), false));
        var text = new AsnWriter(AsnEncodingRules.DER);
        text.WriteCharacterString(UniversalTagNumber.UTF8String, issuer);
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.8", text.Encode(), false));
        var generator = X509SignatureGenerator.CreateForECDsa(selfIssued ? _rootKey : _caKey);
        X509Certificate2 Issue() => request.Create(_ca.SubjectName, generator, Now.AddMinutes(-1), Now.AddMinutes(9), [1, 2, 3, 4]);
        if (sctKey is null)
        {
            return Issue();
        }

        using var precertificate = Issue();
        var tbs = new AsnReader(precertificate.RawData, AsnEncodingRules.DER).ReadSequence().PeekEncodedValue().ToArray();
        request.CertificateExtensions.Add(new X509Extension(SctList, Sct(tbs, sctKey), false));
        return Issue();
    }

    /// <summary>An entry of the transparency log as a bundle holds it.</summary>
    public object Entry(byte[] body, ECDsa? logKey = null, DateTimeOffset? time = null, bool promise = true, bool proof = true, long treeSize = 6)
    {
        var key = logKey ?? LogKey;
        var seconds = (time ?? Now).ToUnixTimeSeconds();
        var logId = SHA256.HashData(LogKey.ExportSubjectPublicKeyInfo());
        var set = key.Sign(Encoding.UTF8.GetBytes($"{{\"body\":\"{Convert.ToBase64String(body)}\",\"integratedTime\":{seconds},\"logID\":\"{Convert.ToHexStringLower(logId)}\",\"logIndex\":{Math.Max(0, treeSize - 2)}}}"));
        var (index, hashes, root) = Tree(body, treeSize);
        var note = $"rekor.example.com\n{treeSize}\n{Convert.ToBase64String(root)}\n";
        var signature = Convert.ToBase64String([.. logId[..4], .. key.Sign(Encoding.UTF8.GetBytes(note))]);
        var entry = new Dictionary<string, object>
        {
            ["logIndex"] = $"{Math.Max(0, treeSize - 2)}",
            ["logId"] = new { keyId = Convert.ToBase64String(logId) },
            ["kindVersion"] = JsonSerializer.Deserialize<JsonElement>(body) is var json && json.TryGetProperty("kind", out var kind) ? new { kind = kind.GetString(), version = json.GetProperty("apiVersion").GetString() } : new { kind = (string?)"x", version = (string?)"x" },
            ["integratedTime"] = $"{seconds}",
            ["canonicalizedBody"] = Convert.ToBase64String(body),
        };
        if (promise)
        {
            entry["inclusionPromise"] = new { signedEntryTimestamp = Convert.ToBase64String(set) };
        }

        if (proof)
        {
            entry["inclusionProof"] = new
            {
                logIndex = $"{index}",
                rootHash = Convert.ToBase64String(root),
                treeSize = $"{treeSize}",
                hashes = hashes.Select(Convert.ToBase64String),
                checkpoint = new { envelope = $"{note}\n\u2014 rekor.example.com {signature}\n" },
            };
        }

        return entry;
    }

    /// <summary>The same as an annotation of the older layout.</summary>
    public string Annotation(byte[] body, ECDsa? logKey = null)
    {
        var seconds = Now.ToUnixTimeSeconds();
        var logId = Convert.ToHexStringLower(SHA256.HashData(LogKey.ExportSubjectPublicKeyInfo()));
        var payload = $"{{\"body\":\"{Convert.ToBase64String(body)}\",\"integratedTime\":{seconds},\"logID\":\"{logId}\",\"logIndex\":104}}";
        var set = (logKey ?? LogKey).Sign(Encoding.UTF8.GetBytes(payload));
        return $"{{\"SignedEntryTimestamp\":\"{Convert.ToBase64String(set)}\",\"Payload\":{payload}}}";
    }

    public static byte[] DsseBody(byte[] payload, byte[] signature, string verifierPem) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        apiVersion = "0.0.1",
        kind = "dsse",
        spec = new
        {
            envelopeHash = new { algorithm = "sha256", value = new string('0', 64) },
            payloadHash = new { algorithm = "sha256", value = Convert.ToHexStringLower(SHA256.HashData(payload)) },
            signatures = new[] { new { signature = Convert.ToBase64String(signature), verifier = Convert.ToBase64String(Encoding.UTF8.GetBytes(verifierPem + "\n")) } },
        },
    }, Canonical);

    public static byte[] HashedBody(byte[] signed, byte[] signature, string verifierPem) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        apiVersion = "0.0.1",
        kind = "hashedrekord",
        spec = new
        {
            data = new { hash = new { algorithm = "sha256", value = Convert.ToHexStringLower(SHA256.HashData(signed)) } },
            signature = new { content = Convert.ToBase64String(signature), publicKey = new { content = Convert.ToBase64String(Encoding.UTF8.GetBytes(verifierPem + "\n")) } },
        },
    }, Canonical);

    /// <summary>An RFC 3161 answer: a TimeStampResp around a token over the signature.</summary>
    public byte[] Timestamp(byte[] signature, DateTimeOffset? time = null)
    {
        var info = new Rfc3161TimestampTokenInfo(new Oid("1.2.3.4"), new Oid("2.16.840.1.101.3.4.2.1"), SHA256.HashData(signature), new byte[] { 7 }, time ?? Now);
        var cms = new SignedCms(new ContentInfo(new Oid("1.2.840.113549.1.9.16.1.4"), info.Encode()));
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, _tsa) { DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1"), IncludeOption = X509IncludeOption.EndCertOnly };
        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        using (certificate.PushSequence())
        using (certificate.PushSequence())
        {
            certificate.WriteOctetString(SHA256.HashData(_tsa.RawData));
        }

        signer.SignedAttributes.Add(new AsnEncodedData(new Oid("1.2.840.113549.1.9.16.2.47"), certificate.Encode()));
        cms.ComputeSignature(signer);
        var response = new AsnWriter(AsnEncodingRules.DER);
        using (response.PushSequence())
        {
            using (response.PushSequence())
            {
                response.WriteInteger(0);
            }

            response.WriteEncodedValue(cms.Encode());
        }

        return response.Encode();
    }

    public void Dispose()
    {
        foreach (var one in new IDisposable[] { _root, _ca, _tsa, _rootKey, _caKey, _tsaKey, LogKey, CertificateLogKey, LeafKey })
        {
            one.Dispose();
        }
    }

    /// <summary>The entry is the last but one of a tree of this size; RFC 6962 §2.1, as it is written there.</summary>
    private static (long Index, List<byte[]> Hashes, byte[] Root) Tree(byte[] body, long size)
    {
        var leaves = Enumerable.Range(0, (int)size).Select(i => SHA256.HashData([0, .. i == Math.Max(0, size - 2) ? body : Encoding.UTF8.GetBytes($"leaf {i}")])).ToArray();
        return (Math.Max(0, size - 2), Path((int)Math.Max(0, size - 2), leaves), Root(leaves));
    }

    private static List<byte[]> Path(int index, byte[][] leaves)
    {
        if (leaves.Length == 1)
        {
            return [];
        }

        var k = Half(leaves.Length);
        return index < k ? [.. Path(index, leaves[..k]), Root(leaves[k..])] : [.. Path(index - k, leaves[k..]), Root(leaves[..k])];
    }

    private static byte[] Root(byte[][] leaves) => leaves.Length == 1 ? leaves[0] : SHA256.HashData([1, .. Root(leaves[..Half(leaves.Length)]), .. Root(leaves[Half(leaves.Length)..])]);

    private static int Half(int n)
    {
        var k = 1;
        while (k * 2 < n)
        {
            k *= 2;
        }

        return k;
    }

    private byte[] Sct(byte[] tbs, ECDsa key)
    {
        var time = BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Now.ToUnixTimeMilliseconds()));
        byte[] signed = [0, 0, .. time, 0, 1, .. SHA256.HashData(_ca.PublicKey.ExportSubjectPublicKeyInfo()), (byte)(tbs.Length >> 16), (byte)(tbs.Length >> 8), (byte)tbs.Length, .. tbs, 0, 0];
        var signature = key.Sign(signed);
        byte[] sct = [0, .. SHA256.HashData(CertificateLogKey.ExportSubjectPublicKeyInfo()), .. time, 0, 0, 4, 3, 0, (byte)signature.Length, .. signature];
        var list = new AsnWriter(AsnEncodingRules.DER);
        list.WriteOctetString([(byte)((sct.Length + 2) >> 8), (byte)(sct.Length + 2), (byte)(sct.Length >> 8), (byte)sct.Length, .. sct]);
        return list.Encode();
    }

    private X509Certificate2 Authority(string name, ECDsa key, X509Certificate2? issuer)
    {
        var request = new CertificateRequest($"CN={name},O=example", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, issuer is not null, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return issuer is null
            ? request.CreateSelfSigned(Now.AddYears(-2), Now.AddYears(10))
            : request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey), Now.AddYears(-1), Now.AddYears(9), [5]);
    }

    private object Log(ECDsa key, string address) => new
    {
        baseUrl = address,
        hashAlgorithm = "SHA2_256",
        publicKey = new { rawBytes = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), keyDetails = "PKIX_ECDSA_P256_SHA_256", validFor = Span },
        logId = new { keyId = Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo())) },
    };

    private object Chain(string address, params X509Certificate2[] chain) => new
    {
        subject = new { organization = "example", commonName = "example" },
        uri = address,
        certChain = new { certificates = chain.Select(c => new { rawBytes = Convert.ToBase64String(c.RawData) }) },
        validFor = Span,
    };

    private object Span => new { start = Now.AddYears(-1).ToString("yyyy-MM-ddTHH:mm:ssZ", null) };
}
