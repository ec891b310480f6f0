using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>
/// The payload of cosign's older layout (github.com/containers/image, "simple signing"). Its <c>docker-reference</c> is whatever the
/// signer wrote, and proves nothing; the digest is what counts.
/// </summary>
internal sealed record SimpleSigning(string Type, string ManifestDigest)
{
    public const string SignatureType = "cosign container image signature";

    /// <exception cref="FormatException">It is none.</exception>
    public static SimpleSigning Parse(ReadOnlyMemory<byte> payload) => StrictJson.Read(payload, Read);

    private static SimpleSigning Read(JsonElement root)
    {
        var critical = root.Required("critical", JsonValueKind.Object);
        return new SimpleSigning(critical.Text("type"), critical.Required("image", JsonValueKind.Object).Text("docker-manifest-digest"));
    }
}
