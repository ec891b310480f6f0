using System.Buffers;
using System.Globalization;
using System.Text;

namespace McpOperator.Proxy.Redis;

/// <summary>Writes commands: arrays of texts.</summary>
internal static class RespCommand
{
    /// <summary>The command's bytes.</summary>
    public static ReadOnlyMemory<byte> Of(params ReadOnlySpan<string> words)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(buffer, $"*{words.Length.ToString(CultureInfo.InvariantCulture)}\r\n");
        foreach (var word in words)
        {
            // By its length, so that nothing in it can be read as another command.
            Write(buffer, $"${Encoding.UTF8.GetByteCount(word).ToString(CultureInfo.InvariantCulture)}\r\n");
            Write(buffer, word);
            Write(buffer, "\r\n");
        }

        return buffer.WrittenMemory;
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
