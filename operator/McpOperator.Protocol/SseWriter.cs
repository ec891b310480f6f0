using System.Buffers;
using System.Text;

namespace McpOperator.Protocol;

/// <summary>Writes server-sent events.</summary>
public static class SseWriter
{
    /// <summary>The media type of a stream of events.</summary>
    public const string ContentType = "text/event-stream";

    /// <summary>A line that says nothing and keeps a connection open.</summary>
    public static ReadOnlySpan<byte> KeepAlive => ":\n\n"u8;

    /// <summary>Writes an event.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="data">Its data; every line of it becomes a <c>data</c> line.</param>
    /// <param name="type">Its type; absent: the event names none.</param>
    /// <param name="id">Its id, without line ends; absent: it has none.</param>
    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> data, string? type = null, string? id = null)
    {
        Field(writer, "event"u8, type);
        Field(writer, "id"u8, id);
        Data(writer, data);
        writer.Write("\n"u8);
    }

    /// <summary>Writes an event that somebody else sent, with other data: all its other lines stay as they are.</summary>
    public static void WriteWithData(IBufferWriter<byte> writer, SseEvent original, ReadOnlySpan<byte> data)
    {
        var rest = original.Raw.Span;
        var isWritten = false;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
            var line = rest[..end];
            rest = rest[(end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
            if (line.IsEmpty)
            {
                continue;
            }

            if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':'))
            {
                writer.Write(line);
                writer.Write("\n"u8);
            }
            else if (!isWritten)
            {
                isWritten = true;
                Data(writer, data);
            }
        }

        writer.Write("\n"u8);
    }

    private static void Data(IBufferWriter<byte> writer, ReadOnlySpan<byte> data)
    {
        while (true)
        {
            var end = data.IndexOfAny((byte)'\n', (byte)'\r');
            writer.Write("data: "u8);
            writer.Write(end < 0 ? data : data[..end]);
            writer.Write("\n"u8);
            if (end < 0)
            {
                return;
            }

            data = data[(end + (data[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
    }

    private static void Field(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new ArgumentException("a field of an event has no line ends", nameof(value));
        }

        writer.Write(name);
        writer.Write(": "u8);
        Encoding.UTF8.GetBytes(value, writer);
        writer.Write("\n"u8);
    }
}
