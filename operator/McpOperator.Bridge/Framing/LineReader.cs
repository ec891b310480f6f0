using System.Net.Sockets;

namespace McpOperator.Bridge.Framing;

/// <summary>
/// Cuts what a server writes into lines, the framing of stdio (MCP 2025-11-25, Transports, "stdio"). Each line is copied once, into
/// memory of its own; an idle process holds a few kilobytes.
/// </summary>
/// <param name="read">Reads more; 0 at the end.</param>
/// <param name="maxBytes">How long a line may be.</param>
internal sealed class LineReader(Func<Memory<byte>, ValueTask<int>> read, int maxBytes)
{
    private const int SmallBuffer = 8 * 1024;
    private const int LargeBuffer = 1024 * 1024;

    /// <summary>The filled parts of a line that is longer than the buffer.</summary>
    private readonly List<byte[]> _parts = [];
    private long _partBytes;
    private byte[] _buffer = new byte[SmallBuffer];
    private int _start;
    private int _searched;
    private int _end;

    /// <summary>Reads from our end of a pipe.</summary>
    public LineReader(Socket source, int maxBytes)
        : this(buffer => source.ReceiveAsync(buffer, SocketFlags.None), maxBytes)
    {
    }

    /// <summary>The next line without its end; nothing after the last. What follows the last line's end counts as a line.</summary>
    /// <exception cref="LineTooLongException">A line is longer than allowed; there is no reading on.</exception>
    public async ValueTask<byte[]?> ReadAsync()
    {
        while (true)
        {
            var at = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                return Take(_searched + at, next: _searched + at + 1);
            }

            _searched = _end;
            if (_partBytes + _end - _start > maxBytes)
            {
                throw new LineTooLongException(maxBytes);
            }

            MakeRoom();
            var count = await read(_buffer.AsMemory(_end));
            if (count == 0)
            {
                return _partBytes + _end - _start > 0 ? Take(_end, next: _end) : null;
            }

            _end += count;
        }
    }

    private byte[] Take(int end, int next)
    {
        if (_partBytes + end - _start > maxBytes)
        {
            throw new LineTooLongException(maxBytes);
        }

        var line = GC.AllocateUninitializedArray<byte>((int)_partBytes + end - _start);
        var at = 0;
        foreach (var part in _parts)
        {
            part.CopyTo(line, at);
            at += part.Length;
        }

        _buffer.AsSpan(_start, end - _start).CopyTo(line.AsSpan(at));
        _parts.Clear();
        _partBytes = 0;
        (_start, _searched) = (next, next);
        if (_start == _end)
        {
            (_start, _searched, _end) = (0, 0, 0);
            _buffer = _buffer.Length > SmallBuffer ? new byte[SmallBuffer] : _buffer;
        }

        return line;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _searched, _end) = (0, _searched - _start, _end - _start);
            return;
        }

        _parts.Add(_buffer);
        _partBytes += _buffer.Length;
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Min(_buffer.Length * 2, LargeBuffer));
        (_searched, _end) = (0, 0);
    }
}
