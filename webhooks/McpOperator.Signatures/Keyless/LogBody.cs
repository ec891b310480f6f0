using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Keyless;

/// <summary>
/// What an entry of the log says: that a key or certificate (in DER) made a signature over something with this
/// hash. Unless all three are those of the signature at hand, the entry proves something about another one (GHSA-whqx-f9j3-ch6m).
/// </summary>
/// <param name="IsOfPayload">Whether the hash is of the DSSE payload rather than of what was signed.</param>
/// <param name="Hash">SHA-256.</param>
/// <param name="Signatures">Signatures with the key or certificate that each is checked with.</param>
internal sealed record LogBody(bool IsOfPayload, byte[] Hash, IReadOnlyList<(byte[] Signature, byte[] Verifier)> Signatures)
{
    /// <exception cref="FormatException">It is of a kind that we do not know, or broken.</exception>
    public static LogBody Parse(byte[] body) => StrictJson.Read(body, Read);

    private static LogBody Read(JsonElement root)
    {
        var spec = root.Required("spec", JsonValueKind.Object);
        return (root.Text("kind"), root.Text("apiVersion")) switch
        {
            ("hashedrekord", "0.0.1") => Hashed(spec),
            ("dsse", "0.0.1") => Dsse(spec),
            ("hashedrekord", "0.0.2") => HashedTwo(spec.Required("hashedRekordV002", JsonValueKind.Object)),
            ("dsse", "0.0.2") => DsseTwo(spec.Required("dsseV002", JsonValueKind.Object)),
            _ => throw new FormatException("a log entry of a kind other than hashedrekord and dsse"),
        };
    }

    private static LogBody Hashed(JsonElement spec)
    {
        var signature = spec.Required("signature", JsonValueKind.Object);
        var verifier = FromPem(signature.Required("publicKey", JsonValueKind.Object).Bytes("content"));
        return new LogBody(false, HexHash(spec.Required("data", JsonValueKind.Object).Required("hash", JsonValueKind.Object)), [(signature.Bytes("content"), verifier)]);
    }

    private static LogBody Dsse(JsonElement spec) => new(
        true,
        HexHash(spec.Required("payloadHash", JsonValueKind.Object)),
        [.. spec.Items("signatures").Take(16).Select(s => (s.Bytes("signature"), FromPem(s.Bytes("verifier"))))]);

    private static LogBody HashedTwo(JsonElement spec)
    {
        var signature = spec.Required("signature", JsonValueKind.Object);
        return new LogBody(false, RawHash(spec.Required("data", JsonValueKind.Object)), [(signature.Bytes("content"), Verifier(signature))]);
    }

    private static LogBody DsseTwo(JsonElement spec) => new(
        true,
        RawHash(spec.Required("payloadHash", JsonValueKind.Object)),
        [.. spec.Items("signatures").Take(16).Select(s => (s.Bytes("content"), Verifier(s)))]);

    private static byte[] Verifier(JsonElement signature)
    {
        var verifier = signature.Required("verifier", JsonValueKind.Object);
        var holder = verifier.Optional("publicKey", JsonValueKind.Object) ?? verifier.Required("x509Certificate", JsonValueKind.Object);
        return holder.Bytes("rawBytes");
    }

    private static byte[] HexHash(JsonElement hash)
    {
        var value = hash.Text("value");
        return hash.Text("algorithm") == "sha256" && value.Length == 64 && value.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(value)
            : throw new FormatException("a log entry with a hash other than SHA-256");
    }

    private static byte[] RawHash(JsonElement hash)
    {
        var digest = hash.Bytes("digest");
        return hash.Text("algorithm") == "SHA2_256" && digest.Length == SHA256.HashSizeInBytes ? digest : throw new FormatException("a log entry with a hash other than SHA-256");
    }

    private static byte[] FromPem(byte[] pem)
    {
        var text = Encoding.UTF8.GetString(pem);
        return PemEncoding.TryFind(text, out var fields) ? Convert.FromBase64String(text[fields.Base64Data]) : throw new FormatException("a log entry without a key in PEM");
    }

    /// <summary>Whether the entry is about this signature.</summary>
    /// <param name="signed">What was signed.</param>
    /// <param name="payload">The DSSE payload, if there is one.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="verifiers">DER of the key or certificate that checked it, any of which may stand in the log.</param>
    public bool IsAbout(byte[] signed, byte[]? payload, byte[] signature, IReadOnlyList<byte[]> verifiers) =>
        (IsOfPayload ? payload : signed) is { } hashed
        && SHA256.HashData(hashed).AsSpan().SequenceEqual(Hash)
        && Signatures.Any(s => s.Signature.AsSpan().SequenceEqual(signature) && verifiers.Any(v => s.Verifier.AsSpan().SequenceEqual(v)));
}
