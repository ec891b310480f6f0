using System.Globalization;
using System.Text;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>As much of HTTP/1.1 as callers and servers need that shall cost next to nothing.</summary>
internal static class HttpMessage
{
    /// <summary>Whether a request or a response has come to its end.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[end];
        Ascii.ToLower(message[..end], header, out _);
        var at = header.IndexOf("content-length:"u8);
        if (at < 0)
        {
            // Chunked, unless there is no body at all.
            return header.IndexOf("chunked"u8) < 0 || message.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var value = header[(at + "content-length:"u8.Length)..];
        value = value.IndexOf((byte)'\r') is var line and >= 0 ? value[..line] : value;
        return message.Length >= end + 4 + int.Parse(value, CultureInfo.InvariantCulture);
    }

    /// <summary>What follows the header of a message that is complete and not chunked.</summary>
    public static Memory<byte> Body(Memory<byte> message) => message[(message.Span.IndexOf("\r\n\r\n"u8) + 4)..];
}
