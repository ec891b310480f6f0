using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>An in-toto statement (in-toto.io/Statement/v1, and v0.1 which has the same fields): something said about artifacts.</summary>
internal sealed record Statement(string Type, string PredicateType, IReadOnlyList<string> Subjects)
{
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>What a signature says. Everything else is said about an image too, but does not mean that it was released.</summary>
    public const string SignaturePredicate = "https://sigstore.dev/cosign/sign/v1";

    private const int MostSubjects = 1000;

    public bool IsKnownType => Type is "https://in-toto.io/Statement/v1" or "https://in-toto.io/Statement/v0.1";

    /// <exception cref="FormatException">It is none.</exception>
    public static Statement Parse(ReadOnlyMemory<byte> payload) => StrictJson.Read(payload, Read);

    private static Statement Read(JsonElement root)
    {
        var subjects = root.Items("subject").Take(MostSubjects + 1)
            .Select(s => s.Required("digest", JsonValueKind.Object).OptionalText("sha256"))
            .OfType<string>().Select(hex => "sha256:" + hex).ToList();
        return subjects.Count > MostSubjects ? throw new FormatException("a statement about too many subjects") : new Statement(root.Text("_type"), root.Text("predicateType"), subjects);
    }
}
