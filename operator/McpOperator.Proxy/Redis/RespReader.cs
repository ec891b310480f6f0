using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace McpOperator.Proxy.Redis;

/// <summary>
/// Reads replies (RESP2). Strict and bounded: what is no reply, or larger than any that we ask for, ends the connection. Not for use by
/// several threads.
/// </summary>
internal sealed class RespReader(PipeReader input)
{
    private const int MostLineBytes = 1024;
    private const int MostTextBytes = 16 * 1024;
    private const int MostItems = 64;
    private const int MostDepth = 4;

    /// <summary>Reads one reply.</summary>
    /// <returns>Nothing when the connection has ended between two replies.</returns>
    /// <exception cref="RedisException">It is no reply, or the connection ended within it.</exception>
    public async ValueTask<RespValue?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var result = await input.ReadAsync(ct);
            var buffer = result.Buffer;
            var reader = new SequenceReader<byte>(buffer);
            if (TryRead(ref reader, 0, out var value))
            {
                input.AdvanceTo(reader.Position);
                return value;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw Broken("it ends within a reply");
            }
        }
    }

    private static bool TryRead(ref SequenceReader<byte> reader, int depth, out RespValue value)
    {
        value = RespValue.Null;
        if (!TryReadLine(ref reader, out var line))
        {
            return false;
        }

        var rest = line.Length > 0 ? line[1..] : "";
        switch (line.Length > 0 ? line[0] : '\0')
        {
            case '+':
                value = new(RespKind.Text, rest);
                return true;
            case '-':
                value = new(RespKind.Error, rest);
                return true;
            case ':':
                value = new(RespKind.Integer, Integer: Number(rest, long.MinValue, long.MaxValue));
                return true;
            case '$':
                return TryReadText(ref reader, (int)Number(rest, -1, MostTextBytes), out value);
            case '*':
                return TryReadItems(ref reader, (int)Number(rest, -1, MostItems), depth, out value);
            default:
                throw Broken("it is no reply");
        }
    }

    private static bool TryReadText(ref SequenceReader<byte> reader, int length, out RespValue value)
    {
        value = RespValue.Null;
        if (length < 0)
        {
            return true;
        }

        if (reader.Remaining < length + 2)
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(reader.UnreadSequence.Slice(0, length));
        reader.Advance(length);
        if (!reader.IsNext("\r\n"u8, advancePast: true))
        {
            throw Broken("a text does not end where it says");
        }

        value = new(RespKind.Text, text);
        return true;
    }

    private static bool TryReadItems(ref SequenceReader<byte> reader, int count, int depth, out RespValue value)
    {
        value = RespValue.Null;
        if (count < 0)
        {
            return true;
        }

        if (depth >= MostDepth)
        {
            throw Broken("it is too deep");
        }

        var items = new RespValue[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryRead(ref reader, depth + 1, out items[i]))
            {
                return false;
            }
        }

        value = new(RespKind.Array, Items: items);
        return true;
    }

    private static bool TryReadLine(ref SequenceReader<byte> reader, out string line)
    {
        line = "";
        if (!reader.TryReadTo(out ReadOnlySequence<byte> bytes, "\r\n"u8))
        {
            return reader.Remaining <= MostLineBytes ? false : throw Broken("a line is too long");
        }

        line = bytes.Length <= MostLineBytes ? Encoding.UTF8.GetString(bytes) : throw Broken("a line is too long");
        return true;
    }

    private static long Number(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Broken($"'{text}' is no number that can stand there");

    private static RedisException Broken(string why) => new($"its answer cannot be read: {why}");
}
