using System.Net.Sockets;
using System.Text;

namespace McpOperator.Bridge.Framing;

/// <summary>Brings what a server writes to standard error into our log, line by line; a line that is too long is cut.</summary>
internal static class StandardErrorLog
{
    /// <summary>Bytes of a line that are logged.</summary>
    public const int MaxLineBytes = 8 * 1024;

    /// <summary>Reads until the server closes it.</summary>
    public static async Task PumpAsync(Socket source, Action<string> write)
    {
        var buffer = new byte[1024];
        var length = 0;
        var cut = false;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length < MaxLineBytes)
                    {
                        Array.Resize(ref buffer, length * 2);
                    }
                    else
                    {
                        // The line's beginning is logged, its rest is not.
                        Write(buffer.AsSpan(0, cut ? 0 : length), write, " …");
                        (length, cut) = (0, true);
                    }
                }

                var count = await source.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None);
                if (count == 0)
                {
                    break;
                }

                (length, cut) = WriteLines(buffer, length + count, cut, write);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }

        Write(buffer.AsSpan(0, cut ? 0 : length), write);
    }

    /// <summary>What is shown of bytes that may be no text: control characters could forge lines or command a terminal.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Any(IsForbidden) ? string.Concat(text.Select(c => IsForbidden(c) ? '\uFFFD' : c)) : text;

        static bool IsForbidden(char c) => char.IsControl(c) && c != '\t';
    }

    private static (int Length, bool Cut) WriteLines(byte[] buffer, int length, bool cut, Action<string> write)
    {
        var start = 0;
        for (int at; (at = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0; start += at + 1)
        {
            if (!cut)
            {
                Write(buffer.AsSpan(start, at), write);
            }

            cut = false;
        }

        buffer.AsSpan(start, length - start).CopyTo(buffer);
        return (length - start, cut);
    }

    private static void Write(ReadOnlySpan<byte> line, Action<string> write, string end = "")
    {
        line = line.TrimEnd((byte)'\r');
        if (!line.IsEmpty)
        {
            write(Printable(line) + end);
        }
    }
}
