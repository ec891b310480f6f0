using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpOperator.TestKit;

/// <summary>Makes what cosign makes, with the BCL, so that every part of it can be wrong.</summary>
public static class Signing
{
    public const string BundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    public const string SignPredicate = "https://sigstore.dev/cosign/sign/v1";

    public static byte[] Sign(this ECDsa key, byte[] message, HashAlgorithmName? hash = null) => key.SignData(message, hash ?? HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public static byte[] Payload(string digest, string type = "cosign container image signature") => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
    {
        ["critical"] = new Dictionary<string, object>
        {
            ["identity"] = new Dictionary<string, string> { ["docker-reference"] = "anything" },
            ["image"] = new Dictionary<string, string> { ["docker-manifest-digest"] = digest },
            ["type"] = type,
        },
        ["optional"] = null,
    });

    public static object Layer(string digest, byte[] signature, Dictionary<string, string>? more = null)
    {
        var annotations = new Dictionary<string, string>(more ?? []) { ["dev.cosignproject.cosign/signature"] = Convert.ToBase64String(signature) };
        return new { mediaType = "application/vnd.dev.cosign.simplesigning.v1+json", digest, size = 1, annotations };
    }

    public static object LegacyManifest(params IEnumerable<object> layers) => new { schemaVersion = 2, mediaType = "application/vnd.oci.image.manifest.v1+json", layers };

    public static string LegacyTag(string digest) => digest.Replace(':', '-') + ".sig";

    public static string FallbackTag(string digest) => digest.Replace(':', '-');

    public static object Index(IEnumerable<string> manifests) => new
    {
        schemaVersion = 2,
        mediaType = "application/vnd.oci.image.index.v1+json",
        // cosign writes the config's type here, not the bundle's.
        manifests = manifests.Select(digest => new { mediaType = "application/vnd.oci.image.manifest.v1+json", digest, size = 1, artifactType = "application/vnd.oci.empty.v1+json" }),
    };

    public static byte[] Statement(string digest, string predicate = SignPredicate) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["_type"] = "https://in-toto.io/Statement/v1",
        ["subject"] = new[] { new { name = "x", digest = new { sha256 = digest[7..] } } },
        ["predicateType"] = predicate,
        ["predicate"] = new { },
    });

    public static byte[] Pae(byte[] payload, string type = "application/vnd.in-toto+json") => [.. Encoding.UTF8.GetBytes($"DSSEv1 {type.Length} {type} {payload.Length} "), .. payload];

    /// <summary>A bundle; with <paramref name="material"/> it says how it is verified, else by a key.</summary>
    public static byte[] Bundle(byte[] payload, byte[] signature, object? material = null, string type = "application/vnd.in-toto+json", string? hint = null) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        mediaType = BundleType,
        verificationMaterial = material ?? new { publicKey = new { hint = hint ?? "" } },
        dsseEnvelope = new { payload = Convert.ToBase64String(payload), payloadType = type, signatures = new[] { new { sig = Convert.ToBase64String(signature) } } },
    });

    public static object BundleManifest(string layer, string subject, string? predicate = SignPredicate, string? artifactType = BundleType) => new
    {
        schemaVersion = 2,
        mediaType = "application/vnd.oci.image.manifest.v1+json",
        artifactType,
        layers = new[] { new { mediaType = BundleType, digest = layer, size = 1 } },
        subject = new { mediaType = "application/vnd.oci.image.manifest.v1+json", digest = subject, size = 1 },
        annotations = predicate is null ? [] : new Dictionary<string, string> { ["dev.sigstore.bundle.predicateType"] = predicate },
    };

    /// <summary>Signs in the older layout.</summary>
    public static void SignLegacy(this FakeRegistry registry, string digest, ECDsa key)
    {
        var payload = Payload(digest);
        registry.Put(LegacyManifest(Layer(registry.Put(payload), key.Sign(payload))), LegacyTag(digest));
    }

    /// <summary>Signs in the newer layout.</summary>
    public static void SignBundle(this FakeRegistry registry, string digest, ECDsa key, string predicate = SignPredicate, string? annotation = SignPredicate)
    {
        var statement = Statement(digest, predicate);
        registry.Refer(digest, Bundle(statement, key.Sign(Pae(statement))), annotation);
    }

    /// <summary>Attaches a bundle.</summary>
    public static void Refer(this FakeRegistry registry, string digest, byte[] bundle, string? annotation = SignPredicate)
    {
        var manifest = registry.Put(BundleManifest(registry.Put(bundle), digest, annotation));
        if (registry.Referrers is { } referrers)
        {
            (referrers.TryGetValue(digest, out var list) ? list : referrers[digest] = []).Add(manifest);
        }
        else
        {
            registry.Put(Index([manifest]), FallbackTag(digest));
        }
    }
}
