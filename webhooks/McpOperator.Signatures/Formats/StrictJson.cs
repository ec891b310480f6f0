using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>
/// JSON from strangers: no duplicate keys (two readers might see two documents), no comments, no trailing commas, bounded depth. Its
/// callers bound the size.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Makes something of a document.</summary>
    /// <exception cref="FormatException">It is not such JSON, or not what the reader wants.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> text, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for half a surrogate pair in a text
        {
            throw new FormatException("not valid JSON, or JSON with a key twice or nested too deeply");
        }
    }
}
