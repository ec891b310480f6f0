using System.Buffers;

namespace McpOperator.Protocol;

/// <summary>
/// Changes to a JSON text that leave every byte between them as it was: a rewritten message keeps the numbers, the escapes and the
/// order that its sender chose.
/// </summary>
/// <param name="text">The text.</param>
public sealed class JsonEdits(ReadOnlyMemory<byte> text)
{
    private readonly List<(int Start, int End, ReadOnlyMemory<byte> Replacement)> _edits = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>Writes something else between two places. Edits come in the order of their places and do not overlap.</summary>
    public void Replace(int start, int end, ReadOnlyMemory<byte> replacement)
    {
        if (_edits.Count > 0 && _edits[^1].End > start)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, "edits come in the order of their places");
        }

        _edits.Add((start, end, replacement));
    }

    /// <summary>Writes something else for a slice of the text.</summary>
    public void Replace(ReadOnlyMemory<byte> slice, ReadOnlyMemory<byte> replacement)
    {
        var start = OffsetOf(slice);
        Replace(start, start + slice.Length, replacement);
    }

    /// <summary>Where a slice of the text begins in it.</summary>
    public int OffsetOf(ReadOnlyMemory<byte> slice) =>
        text.Span.Overlaps(slice.Span, out var offset) ? offset : throw new ArgumentException("not a slice of this text", nameof(slice));

    /// <summary>The text with its changes.</summary>
    public byte[] ToArray()
    {
        var buffer = new ArrayBufferWriter<byte>(text.Length + 64);
        WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the text with its changes.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        var at = 0;
        foreach (var (start, end, replacement) in _edits)
        {
            writer.Write(text.Span[at..start]);
            writer.Write(replacement.Span);
            at = end;
        }

        writer.Write(text.Span[at..]);
    }
}
