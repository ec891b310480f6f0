using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>What counts in an image's manifest or index (OCI image specification; Docker's schema 2 has the same fields).</summary>
/// <param name="Config">The digest of an image's configuration; nothing in an index.</param>
/// <param name="Images">An index's images.</param>
internal sealed record ImageManifest(string? Config, IReadOnlyList<PlatformImage> Images)
{
    /// <exception cref="FormatException">It is neither, or both: two readers might see two images (CVE-2021-41190).</exception>
    public static ImageManifest Parse(ReadOnlyMemory<byte> text) => StrictJson.Read(text, root =>
    {
        var config = root.Optional("config", JsonValueKind.Object)?.Text("digest");
        var isIndex = root.Optional("manifests", JsonValueKind.Array) is not null;
        return isIndex == (config is not null || root.Optional("layers", JsonValueKind.Array) is not null)
            ? throw new FormatException("a manifest that is neither an image's nor an index, or both")
            : new ImageManifest(config ?? (isIndex ? null : throw new FormatException("'config' is missing")), [.. root.Items("manifests").Select(PlatformImage.Parse)]);
    });
}

/// <summary>An index's entry.</summary>
internal sealed record PlatformImage(string Digest, string? Os, string? Architecture)
{
    public static PlatformImage Parse(JsonElement entry)
    {
        var platform = entry.Optional("platform", JsonValueKind.Object);
        return new(entry.Text("digest"), platform?.OptionalText("os"), platform?.OptionalText("architecture"));
    }
}
