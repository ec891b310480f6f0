namespace McpOperator.Protocol;

/// <summary>
/// Reads only the outermost members of a JSON object while its bytes flow by: enough to know which request an answer belongs to without
/// holding a large one in memory. It does not prove that the text is good JSON.
/// </summary>
public sealed class EnvelopeScanner
{
    private const int MostKept = 600;

    private byte[] _kept = new byte[64];
    private int _keptLength;
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _keeps;
    private bool _inValue;
    private string? _name;

    /// <summary>Whether the text is an array: a batch.</summary>
    public bool IsArray { get; private set; }

    /// <summary>Whether an object began.</summary>
    public bool IsObject { get; private set; }

    /// <summary>Whether the object has ended and nothing but white space followed.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether the outermost object has a member <c>method</c>.</summary>
    public bool HasMethod { get; private set; }

    /// <summary>Whether it has a member <c>error</c>.</summary>
    public bool HasError { get; private set; }

    /// <summary>Whether it has a member <c>result</c>.</summary>
    public bool HasResult { get; private set; }

    /// <summary>Its <c>id</c> as it is written; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Id { get; private set; }

    /// <summary>Whether something makes it unclear which request it answers: two ids, one too long to be ours, or text after the end.</summary>
    public bool IsAmbiguous { get; private set; }

    /// <summary>Reads on.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_inString && !_escaped && !_keeps)
            {
                var end = bytes.IndexOfAny((byte)'"', (byte)'\\');
                if (end < 0)
                {
                    return;
                }

                bytes = bytes[end..];
            }

            Next(bytes[0]);
            bytes = bytes[1..];
        }
    }

    private void Next(byte b)
    {
        if (_inString)
        {
            Keep(b);
            if (_escaped)
            {
                _escaped = false;
            }
            else if (b == (byte)'\\')
            {
                _escaped = true;
            }
            else if (b == (byte)'"')
            {
                _inString = false;
                EndString();
            }

            return;
        }

        switch (b)
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                break;
            case (byte)'"':
                Begin();
                _keeps = _depth == 1 && (!_inValue || IsId);
                _inString = true;
                Keep(b);
                break;
            case (byte)'{' or (byte)'[':
                Begin();
                IsObject |= _depth == 0 && b == (byte)'{';
                IsArray |= _depth == 0 && b == (byte)'[';
                _depth++;
                break;
            case (byte)'}' or (byte)']':
                EndValue();
                _depth--;
                IsWhole = _depth == 0;
                break;
            case (byte)':' when _depth == 1:
                _inValue = true;
                _keptLength = 0;
                break;
            case (byte)',' when _depth == 1:
                EndValue();
                _inValue = false;
                break;
            default:
                Begin();
                _keeps = _depth == 1 && _inValue && IsId;
                Keep(b);
                break;
        }
    }

    private bool IsId => _name == "id";

    private void Begin() => IsAmbiguous |= IsWhole;

    private void Keep(byte b)
    {
        if (!_keeps)
        {
            return;
        }

        if (_keptLength == MostKept)
        {
            IsAmbiguous |= IsId && _inValue;
            _keeps = false;
            return;
        }

        if (_keptLength == _kept.Length)
        {
            Array.Resize(ref _kept, Math.Min(2 * _kept.Length, MostKept));
        }

        _kept[_keptLength++] = b;
    }

    private void EndString()
    {
        if (_depth != 1)
        {
            return;
        }

        if (!_inValue)
        {
            _name = _keeps ? Name() : null;
            _keptLength = 0;
            HasMethod |= _name == "method";
            HasError |= _name == "error";
            HasResult |= _name == "result";
        }

        _keeps = false;
    }

    private string? Name()
    {
        try
        {
            return JsonText.Unquote(_kept.AsMemory(0, _keptLength));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            // A name that cannot be read could be any.
            IsAmbiguous = true;
            return null;
        }
    }

    private void EndValue()
    {
        if (_depth == 1 && _inValue && IsId)
        {
            IsAmbiguous |= !Id.IsEmpty;
            Id = _kept.AsMemory(0, _keptLength).ToArray();
        }

        if (_depth == 1)
        {
            (_inValue, _name, _keptLength, _keeps) = (false, null, 0, false);
        }
    }
}
