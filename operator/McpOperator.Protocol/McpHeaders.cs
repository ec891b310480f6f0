using System.Text;

namespace McpOperator.Protocol;

/// <summary>HTTP headers of MCP, and how values are written in them.</summary>
public static class McpHeaders
{
    /// <summary>The session (2025-03-26 to 2025-11-25).</summary>
    public const string SessionId = "Mcp-Session-Id";

    /// <summary>The protocol revision (since 2025-06-18).</summary>
    public const string ProtocolVersion = "MCP-Protocol-Version";

    /// <summary>The method, as in the body (since 2026-07-28).</summary>
    public const string Method = "Mcp-Method";

    /// <summary>The tool's or prompt's name or the resource's address, as in the body (since 2026-07-28).</summary>
    public const string Name = "Mcp-Name";

    /// <summary>What a tool's argument is mirrored in begins so (since 2026-07-28).</summary>
    public const string ParamPrefix = "Mcp-Param-";

    /// <summary>The last event that a client has seen (2025-03-26 to 2025-11-25).</summary>
    public const string LastEventId = "Last-Event-ID";

    private const string EncodedStart = "=?base64?";
    private const string EncodedEnd = "?=";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Writes a value so that a header can hold it: what is not visible ASCII, has white space around it or looks encoded is encoded
    /// (MCP 2026-07-28, Streamable HTTP, "Value Encoding").
    /// </summary>
    public static string Encode(string value)
    {
        var plain = value.Length > 0 && value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && value[0] != ' ' && value[^1] != ' ' && !IsEncoded(value);
        return plain ? value : EncodedStart + Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) + EncodedEnd;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <returns>The value; nothing when it is not well encoded.</returns>
    public static string? Decode(string header)
    {
        if (!IsEncoded(header))
        {
            return header.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? header : null;
        }

        try
        {
            return StrictUtf8.GetString(Convert.FromBase64String(header[EncodedStart.Length..^EncodedEnd.Length]));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool IsEncoded(string value) =>
        value.Length >= EncodedStart.Length + EncodedEnd.Length
        && value.StartsWith(EncodedStart, StringComparison.Ordinal)
        && value.EndsWith(EncodedEnd, StringComparison.Ordinal);
}
