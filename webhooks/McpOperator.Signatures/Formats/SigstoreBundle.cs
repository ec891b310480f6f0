using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>
/// A Sigstore bundle of version 0.3 (github.com/sigstore/protobuf-specs) that holds a DSSE envelope. Older versions, and bundles that
/// sign a hash instead, are not what cosign attaches to images, and are refused.
/// </summary>
internal sealed record SigstoreBundle(DsseEnvelope Envelope, byte[]? KeyHint, byte[]? Certificate, IReadOnlyList<LogEntry> LogEntries, IReadOnlyList<byte[]> Timestamps)
{
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private const int MostProofs = 8;

    /// <exception cref="FormatException">It is none.</exception>
    public static SigstoreBundle Parse(ReadOnlyMemory<byte> text) => StrictJson.Read(text, Read);

    private static SigstoreBundle Read(JsonElement root)
    {
        if (root.Text("mediaType") != MediaType)
        {
            throw new FormatException("a bundle of another version than 0.3");
        }

        var material = root.Required("verificationMaterial", JsonValueKind.Object);
        var certificate = material.Optional("certificate", JsonValueKind.Object)?.Bytes("rawBytes");
        var key = material.Optional("publicKey", JsonValueKind.Object);
        if ((certificate is null) == (key is null))
        {
            throw new FormatException("a bundle without exactly one of certificate and publicKey");
        }

        return new SigstoreBundle(
            DsseEnvelope.Parse(root.Required("dsseEnvelope", JsonValueKind.Object)),
            Hint(key),
            certificate,
            [.. Few(material.Items("tlogEntries")).Select(LogEntry.FromBundle)],
            [.. Few(Stamps(material)).Select(s => s.Bytes("signedTimestamp"))]);
    }

    /// <summary>A hint is a hint: when it is not the hash of a key, it says nothing.</summary>
    private static byte[]? Hint(JsonElement? key)
    {
        var bytes = new byte[48];
        return key?.OptionalText("hint") is { } text && Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private static IEnumerable<JsonElement> Stamps(JsonElement material) =>
        material.Optional("timestampVerificationData", JsonValueKind.Object)?.Items("rfc3161Timestamps") ?? [];

    private static List<JsonElement> Few(IEnumerable<JsonElement> items)
    {
        var few = items.Take(MostProofs + 1).ToList();
        return few.Count <= MostProofs ? few : throw new FormatException($"a bundle with more than {MostProofs} proofs of one kind");
    }
}
