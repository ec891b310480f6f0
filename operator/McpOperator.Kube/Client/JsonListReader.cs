using System.Buffers;
using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>
/// Reads a list answer as it arrives and hands over one item at a time, so that memory is bounded by the largest item. The list's own
/// metadata may
/// stand before the items (built-in kinds) or after them (custom resources, whose fields are sorted).
/// </summary>
internal sealed class JsonListReader(ListItemHandler onItem)
{
    private const int InitialBuffer = 64 * 1024;
    private JsonReaderState _state = new(JsonDepth.Options);
    private Section _section = Section.Start;
    private string _resourceVersion = "";
    private string _continue = "";

    private enum Section
    {
        Start,
        Root,
        Metadata,
        ItemsStart,
        Items,
        Other,
        End,
    }

    /// <summary>Reads to the end.</summary>
    /// <exception cref="JsonException">The answer is no list, or ends early.</exception>
    public async Task<ListPage> ReadAsync(Stream stream, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        try
        {
            int length = 0, wanted = 1;
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), ct);
                length += read;
                if (read > 0 && length < wanted)
                {
                    continue;
                }

                var consumed = Parse(buffer.AsSpan(0, length), read == 0);
                buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
                length -= consumed;
                if (read == 0)
                {
                    return _section == Section.End ? new(_resourceVersion, _continue) : throw new JsonException("the list ended early");
                }

                // An unfinished item is scanned again only when there is twice as much of it, or large items would cost quadratic time.
                wanted = length * 2;
                buffer = Grow(buffer, length, wanted);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer, int length, int wanted)
    {
        if (wanted <= buffer.Length && length < buffer.Length)
        {
            return buffer;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, buffer.Length * 2));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private int Parse(ReadOnlySpan<byte> span, bool isFinal)
    {
        var reader = new Utf8JsonReader(span, isFinal, _state);
        while (true)
        {
            var consumed = (int)reader.BytesConsumed;
            var state = reader.CurrentState;
            if (_section == Section.End || !reader.Read() || !Step(ref reader, span))
            {
                _state = state;
                return _section == Section.End ? span.Length : consumed;
            }
        }
    }

    /// <summary>Takes one token, with all that hangs on it; false when the rest of it has not arrived.</summary>
    private bool Step(ref Utf8JsonReader reader, ReadOnlySpan<byte> span)
    {
        switch (_section)
        {
            case Section.Start:
                _section = reader.TokenType == JsonTokenType.StartObject ? Section.Root : throw new JsonException("a list was expected");
                return true;
            case Section.Root:
                _section = reader.TokenType == JsonTokenType.EndObject ? Section.End
                    : reader.ValueTextEquals("items"u8) ? Section.ItemsStart
                    : reader.ValueTextEquals("metadata"u8) ? Section.Metadata
                    : Section.Other;
                return true;
            case Section.ItemsStart:
                // An empty list of a Go slice may be null.
                _section = reader.TokenType == JsonTokenType.StartArray ? Section.Items : Section.Root;
                return true;
            case Section.Items when reader.TokenType == JsonTokenType.EndArray:
                _section = Section.Root;
                return true;
            default:
                return TakeValue(ref reader, span);
        }
    }

    private bool TakeValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> span)
    {
        var start = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        var value = span[start..(int)reader.BytesConsumed];
        if (_section == Section.Items)
        {
            onItem(value);
            return true;
        }

        if (_section == Section.Metadata)
        {
            ReadMetadata(value);
        }

        _section = Section.Root;
        return true;
    }

    private void ReadMetadata(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceVersion"u8)) { reader.Read(); _resourceVersion = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("continue"u8)) { reader.Read(); _continue = reader.GetString() ?? ""; }
            else { reader.Skip(); }
        }
    }
}
