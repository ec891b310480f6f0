using System.Text;

namespace McpOperator.Protocol;

/// <summary>
/// Cuts a stream of bytes into server-sent events (WHATWG HTML, section 9.2.6): lines end with CR LF, LF or CR, an empty line ends an
/// event, a line that begins with a colon is a comment. Comments come out as events without data, so that passing on every
/// <see cref="SseEvent.Raw"/> repeats the stream byte for byte.
/// </summary>
/// <param name="maxEventBytes">How long an event may be.</param>
public sealed class SseReader(int maxEventBytes)
{
    private byte[] _buffer = new byte[512];
    private int _start;
    private int _end;
    private int _scanned;
    private int _lineStart;
    private bool _afterReturn;
    private bool _first = true;

    /// <summary>Bytes of an event that has not ended yet.</summary>
    public ReadOnlyMemory<byte> Rest => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Adds what has come over the wire. Events read before are no longer valid.</summary>
    /// <exception cref="FormatException">An event is longer than allowed.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_end + bytes.Length > _buffer.Length)
        {
            MakeRoom(bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>The next whole event; nothing when more bytes are needed. It is valid until the next <see cref="Append"/>.</summary>
    /// <exception cref="FormatException">An event is longer than allowed.</exception>
    public SseEvent? Read()
    {
        while (_scanned < _end)
        {
            var at = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\n', (byte)'\r');
            if (at < 0)
            {
                _scanned = _end;
                _afterReturn = false;
                break;
            }

            var end = _scanned + at;
            // The second half of a CR LF whose first half has already ended the line.
            if (_buffer[end] == (byte)'\n' && _afterReturn && at == 0)
            {
                _afterReturn = false;
                _scanned = end + 1;
                if (_lineStart == end)
                {
                    _lineStart = _scanned;
                }

                continue;
            }

            var isEmpty = end == _lineStart;
            _afterReturn = _buffer[end] == (byte)'\r';
            _scanned = end + 1;
            if (isEmpty && _afterReturn && _scanned < _end && _buffer[_scanned] == (byte)'\n')
            {
                _scanned++;
                _afterReturn = false;
            }

            _lineStart = _scanned;
            if (isEmpty)
            {
                var raw = _buffer.AsMemory(_start, _scanned - _start);
                _start = _scanned;
                return Parse(raw);
            }
        }

        return _end - _start > maxEventBytes ? throw new FormatException($"an event has more than {maxEventBytes} bytes") : null;
    }

    private void MakeRoom(int more)
    {
        var length = _end - _start;
        if (length + more > maxEventBytes + 65536L)
        {
            throw new FormatException($"an event has more than {maxEventBytes} bytes");
        }

        var to = length + more <= _buffer.Length ? _buffer : new byte[Math.Max(_buffer.Length * 2L, length + more)];
        _buffer.AsSpan(_start, length).CopyTo(to);
        (_buffer, _scanned, _lineStart, _end, _start) = (to, _scanned - _start, _lineStart - _start, length, 0);
    }

    private SseEvent Parse(ReadOnlyMemory<byte> raw)
    {
        var (type, id, hasData) = (SseEvent.DefaultType, (string?)null, false);
        ReadOnlyMemory<byte> data = default;
        MemoryStream? joined = null;
        var rest = _first && raw.Span.StartsWith("\uFEFF"u8) ? raw[3..] : raw;
        _first = false;
        while (!rest.IsEmpty)
        {
            var end = rest.Span.IndexOfAny((byte)'\n', (byte)'\r');
            var line = rest[..end];
            rest = rest[(end + (rest.Span[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
            var colon = line.Span.IndexOf((byte)':');
            var name = colon < 0 ? line.Span : line.Span[..colon];
            var value = colon < 0 ? default : line[(colon + 1)..];
            value = !value.IsEmpty && value.Span[0] == (byte)' ' ? value[1..] : value;
            if (name.SequenceEqual("data"u8))
            {
                if (hasData)
                {
                    joined ??= Begin(data);
                    joined.WriteByte((byte)'\n');
                    joined.Write(value.Span);
                }

                (data, hasData) = (hasData ? default : value, true);
            }
            else if (name.SequenceEqual("event"u8))
            {
                type = value.IsEmpty ? SseEvent.DefaultType : Encoding.UTF8.GetString(value.Span);
            }
            else if (name.SequenceEqual("id"u8) && !value.Span.Contains((byte)0))
            {
                id = Encoding.UTF8.GetString(value.Span);
            }
        }

        return new() { Raw = raw, Type = type, Id = id, HasData = hasData, Data = joined is null ? data : joined.ToArray() };
    }

    private static MemoryStream Begin(ReadOnlyMemory<byte> data)
    {
        var stream = new MemoryStream();
        stream.Write(data.Span);
        return stream;
    }
}
