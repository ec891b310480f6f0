using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>
/// Copies an object's JSON without the parts that nobody reads. Works on bytes: what stays is neither decoded nor written anew.
/// </summary>
internal ref struct DocumentPruner
{
    private readonly ReadOnlySpan<byte> _source;
    private readonly Span<byte> _target;
    private readonly DocumentOptions _options;
    private Utf8JsonReader _reader;
    private int _length;

    private enum Part
    {
        Root,
        Metadata,
        Annotations,
    }

    private DocumentPruner(ReadOnlySpan<byte> source, Span<byte> target, DocumentOptions options)
    {
        _source = source;
        _target = target;
        _options = options;
        _reader = new Utf8JsonReader(source, JsonDepth.Options);
    }

    /// <summary>Prunes.</summary>
    /// <param name="source">The object.</param>
    /// <param name="target">Gets the result; at least as long as the source.</param>
    /// <param name="options">What to leave out.</param>
    /// <returns>The result's length in bytes.</returns>
    public static int Prune(ReadOnlySpan<byte> source, Span<byte> target, DocumentOptions options)
    {
        var pruner = new DocumentPruner(source, target, options);
        pruner._reader.Read();
        pruner.CopyObject(Part.Root);
        return pruner._length;
    }

    private void CopyObject(Part part)
    {
        Write((byte)'{');
        var first = true;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (IsDropped(part))
            {
                _reader.Read();
                _reader.Skip();
                continue;
            }

            if (!first)
            {
                Write((byte)',');
            }

            first = false;
            CopyProperty(part);
        }

        Write((byte)'}');
    }

    private void CopyProperty(Part part)
    {
        var inner = part == Part.Root && _reader.ValueTextEquals("metadata"u8) ? Part.Metadata
            : part == Part.Metadata && _reader.ValueTextEquals("annotations"u8) ? Part.Annotations
            : (Part?)null;
        var blank = part == Part.Root && IsListed(_options.Blank);
        // The name's token ends before the colon, quotes included.
        Write(_source[(int)_reader.TokenStartIndex..((int)_reader.TokenStartIndex + _reader.ValueSpan.Length + 2)]);
        Write((byte)':');
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.StartObject && inner is { } next)
        {
            CopyObject(next);
        }
        else if (_reader.TokenType == JsonTokenType.StartObject && blank)
        {
            BlankObject();
        }
        else
        {
            var start = (int)_reader.TokenStartIndex;
            _reader.Skip();
            Write(_source[start..(int)_reader.BytesConsumed]);
        }
    }

    private void BlankObject()
    {
        Write((byte)'{');
        var first = true;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!first)
            {
                Write((byte)',');
            }

            first = false;
            Write(_source[(int)_reader.TokenStartIndex..((int)_reader.TokenStartIndex + _reader.ValueSpan.Length + 2)]);
            _reader.Read();
            // Numbers may be shorter than the two quotes; they stay, so that the result never grows.
            var start = (int)_reader.TokenStartIndex;
            var isText = _reader.TokenType == JsonTokenType.String;
            _reader.Skip();
            Write((byte)':');
            Write(isText ? "\"\""u8 : _source[start..(int)_reader.BytesConsumed]);
        }

        Write((byte)'}');
    }

    private readonly bool IsDropped(Part part) => part switch
    {
        Part.Root => IsListed(_options.Drop),
        Part.Metadata => _reader.ValueTextEquals("managedFields"u8),
        _ => _reader.ValueTextEquals("kubectl.kubernetes.io/last-applied-configuration"u8),
    };

    private readonly bool IsListed(IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (_reader.ValueTextEquals(names[i]))
            {
                return true;
            }
        }

        return false;
    }

    private void Write(byte value) => _target[_length++] = value;

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[_length..]);
        _length += bytes.Length;
    }
}
