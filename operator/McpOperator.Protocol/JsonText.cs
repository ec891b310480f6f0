using System.Text.Json;

namespace McpOperator.Protocol;

/// <summary>A member of a JSON object.</summary>
/// <param name="Name">Its name, unescaped.</param>
/// <param name="Value">Its value as it is written, without white space around it.</param>
/// <param name="NameStart">Where its name's opening quote stands in the object's text.</param>
/// <param name="Start">Where its value begins in the object's text.</param>
public readonly record struct JsonMember(string Name, ReadOnlyMemory<byte> Value, int NameStart, int Start)
{
    /// <summary>Where its value ends in the object's text.</summary>
    public int End => Start + Value.Length;
}

/// <summary>Slices of JSON text that <see cref="StrictJson"/> has accepted. Nothing is copied but names.</summary>
public static class JsonText
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1024 };

    /// <summary>The members of an object in their order; none of an empty text.</summary>
    public static List<JsonMember> Members(ReadOnlyMemory<byte> text)
    {
        var members = new List<JsonMember>(4);
        if (text.IsEmpty)
        {
            return members;
        }

        var reader = new Utf8JsonReader(text.Span, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (name, nameStart) = (reader.GetString()!, (int)reader.TokenStartIndex);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            members.Add(new(name, text[start..(int)reader.BytesConsumed], nameStart, start));
        }

        return members;
    }

    /// <summary>The items of an array in their order.</summary>
    public static List<ReadOnlyMemory<byte>> Items(ReadOnlyMemory<byte> text)
    {
        var items = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(text.Span, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(text[start..(int)reader.BytesConsumed]);
        }

        return items;
    }

    /// <summary>The value of one member; empty when the text is no object or has no such member.</summary>
    public static ReadOnlyMemory<byte> Member(ReadOnlyMemory<byte> text, string name)
    {
        if (!IsObject(text))
        {
            return default;
        }

        var reader = new Utf8JsonReader(text.Span, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (found)
            {
                return text[start..(int)reader.BytesConsumed];
            }
        }

        return default;
    }

    /// <summary>The string that a value is; nothing when it is none.</summary>
    public static string? Unquote(ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty || value.Span[0] != (byte)'"')
        {
            return null;
        }

        var reader = new Utf8JsonReader(value.Span);
        reader.Read();
        return reader.GetString();
    }

    /// <summary>Whether two ids are one: <c>"a"</c> and <c>"\u0061"</c> are, <c>1</c> and <c>"1"</c> are not.</summary>
    public static bool AreSameId(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        if (one.Span.SequenceEqual(other.Span))
        {
            return true;
        }

        try
        {
            return Unquote(one) is { } text && text == Unquote(other);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether a value is an object.</summary>
    public static bool IsObject(ReadOnlyMemory<byte> value) => !value.IsEmpty && value.Span[0] == (byte)'{';

    /// <summary>Whether a value is an array.</summary>
    public static bool IsArray(ReadOnlyMemory<byte> value) => !value.IsEmpty && value.Span[0] == (byte)'[';

    /// <summary>The text without white space before and after it, as JSON knows it.</summary>
    public static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> text)
    {
        var span = text.Span;
        var start = span.IndexOfAnyExcept(" \t\r\n"u8);
        return start < 0 ? default : text[start..(span.LastIndexOfAnyExcept(" \t\r\n"u8) + 1)];
    }
}
