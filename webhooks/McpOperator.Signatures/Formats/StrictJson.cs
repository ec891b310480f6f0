using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>
/// JSON from strangers: no duplicate keys (two readers might see two documents), no comments, no trailing commas, bounded depth. Its
/// callers bound the size.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <exception cref="FormatException">It is not such JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonDocument.Parse(text, Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("not valid JSON, or JSON with a key twice or nested too deeply");
        }
    }
}
