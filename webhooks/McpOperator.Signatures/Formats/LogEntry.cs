using System.Text;
using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>What is said to stand in a transparency log, with the log's proofs.</summary>
/// <param name="Body">The entry as it stands in the log.</param>
/// <param name="LogId">The log: SHA-256 of its key.</param>
/// <param name="LogIndex">The entry's number in the log, over all of its trees.</param>
/// <param name="IntegratedTime">When it was logged, in seconds since 1970; 0 in logs that do not say.</param>
/// <param name="Promise">The log's signature over all of these (signed entry timestamp, SET).</param>
/// <param name="Inclusion">A proof that the log holds the entry.</param>
internal sealed record LogEntry(byte[] Body, byte[] LogId, long LogIndex, long IntegratedTime, byte[]? Promise, InclusionProof? Inclusion)
{
    /// <summary>What the SET signs: the fields as canonical JSON (RFC 8785: sorted keys, no spaces).</summary>
    public byte[] Promised =>
        Encoding.UTF8.GetBytes($"{{\"body\":\"{Convert.ToBase64String(Body)}\",\"integratedTime\":{IntegratedTime},\"logID\":\"{Convert.ToHexStringLower(LogId)}\",\"logIndex\":{LogIndex}}}");

    /// <summary>From <c>tlogEntries</c> of a bundle.</summary>
    public static LogEntry FromBundle(JsonElement entry) => new(
        entry.Bytes("canonicalizedBody"),
        entry.Required("logId", JsonValueKind.Object).Bytes("keyId"),
        entry.OptionalLong("logIndex") ?? 0, // protobuf leaves zeros out
        entry.OptionalLong("integratedTime") ?? 0,
        entry.Optional("inclusionPromise", JsonValueKind.Object)?.Bytes("signedEntryTimestamp"),
        entry.Optional("inclusionProof", JsonValueKind.Object) is { } proof ? InclusionProof.Parse(proof) : null);

    /// <summary>From the annotation <c>dev.sigstore.cosign/bundle</c> of the older layout.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static LogEntry FromAnnotation(string text) => StrictJson.Read(Encoding.UTF8.GetBytes(text), ReadAnnotation);

    private static LogEntry ReadAnnotation(JsonElement root)
    {
        var payload = root.Required("Payload", JsonValueKind.Object);
        return new LogEntry(
            payload.Bytes("body"),
            Hex(payload.Text("logID")),
            payload.OptionalLong("logIndex") ?? 0,
            payload.OptionalLong("integratedTime") ?? 0,
            root.Bytes("SignedEntryTimestamp"),
            null);
    }

    private static byte[] Hex(string text)
    {
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw new FormatException("'logID' is not hexadecimal");
        }
    }
}

/// <summary>A proof that a tree of hashes (RFC 6962) holds an entry, and the log's word about the tree.</summary>
internal sealed record InclusionProof(long Index, long TreeSize, byte[] RootHash, IReadOnlyList<byte[]> Hashes, string Checkpoint)
{
    private const int MostHashes = 64; // trees of 2^63 entries

    public static InclusionProof Parse(JsonElement proof)
    {
        var hashes = proof.Optional("hashes", JsonValueKind.Array)?.EnumerateArray().Take(MostHashes + 1)
            .Select(h => h.ValueKind == JsonValueKind.String ? JsonElements.Base64(h.GetString()!, "hashes") : throw new FormatException("'hashes' holds something else")).ToList() ?? [];
        return hashes.Count > MostHashes
            ? throw new FormatException("an inclusion proof with too many hashes")
            : new InclusionProof(
                proof.OptionalLong("logIndex") ?? 0,
                proof.OptionalLong("treeSize") ?? 0,
                proof.Bytes("rootHash"),
                hashes,
                proof.Required("checkpoint", JsonValueKind.Object).Text("envelope"));
    }
}
