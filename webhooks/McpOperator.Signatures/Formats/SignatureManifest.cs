using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>What counts in a manifest or index that is to do with signatures.</summary>
/// <param name="ArtifactType">What the manifest says that it is; an index's word about it is often wrong.</param>
/// <param name="Subject">The image that it refers to.</param>
/// <param name="Annotations">Its own annotations.</param>
/// <param name="Layers">Its layers, or an index's manifests.</param>
internal sealed record SignatureManifest(string? ArtifactType, string? Subject, IReadOnlyDictionary<string, string> Annotations, IReadOnlyList<ManifestLayer> Layers)
{
    /// <param name="text">The document.</param>
    /// <param name="list">Where the entries are: <c>layers</c> or <c>manifests</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static SignatureManifest Parse(ReadOnlyMemory<byte> text, string list) => StrictJson.Read(text, root => new SignatureManifest(
        root.OptionalText("artifactType"),
        root.Optional("subject", JsonValueKind.Object)?.Text("digest"),
        ReadAnnotations(root),
        [.. root.Items(list).Select(l => new ManifestLayer(l.OptionalText("mediaType") ?? "", l.OptionalText("artifactType"), l.Text("digest"), ReadAnnotations(l)))]));

    private static Dictionary<string, string> ReadAnnotations(JsonElement owner) =>
        owner.Optional("annotations", JsonValueKind.Object)?.EnumerateObject().ToDictionary(
            p => p.Name,
            p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : throw new FormatException("an annotation is not text"),
            StringComparer.Ordinal) ?? [];
}

/// <summary>A layer, or an index's entry.</summary>
internal sealed record ManifestLayer(string MediaType, string? ArtifactType, string Digest, IReadOnlyDictionary<string, string> Annotations);
