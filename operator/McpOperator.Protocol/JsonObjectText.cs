using System.Buffers;
using System.Text.Json;

namespace McpOperator.Protocol;

/// <summary>Changes single members of a JSON object and leaves every other byte of it alone.</summary>
public static class JsonObjectText
{
    /// <summary>The object with a member set: its value replaced, or the member put first when it was not there.</summary>
    /// <param name="text">The object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="value">Its value as JSON.</param>
    public static ReadOnlyMemory<byte> Set(ReadOnlyMemory<byte> text, string name, ReadOnlyMemory<byte> value)
    {
        var edits = new JsonEdits(text);
        var old = JsonText.Member(text, name);
        if (!old.IsEmpty)
        {
            edits.Replace(old, value);
            return edits.ToArray();
        }

        var buffer = new ArrayBufferWriter<byte>(value.Length + name.Length + 8);
        buffer.Write("\""u8);
        buffer.Write(JsonEncodedText.Encode(name).EncodedUtf8Bytes);
        buffer.Write("\":"u8);
        buffer.Write(value.Span);
        var start = text.Span.IndexOf((byte)'{') + 1;
        if (JsonText.Members(text).Count > 0)
        {
            buffer.Write(","u8);
        }

        edits.Replace(start, start, buffer.WrittenMemory);
        return edits.ToArray();
    }

    /// <summary>The object without a member.</summary>
    public static ReadOnlyMemory<byte> Remove(ReadOnlyMemory<byte> text, string name)
    {
        var members = JsonText.Members(text);
        var at = members.FindIndex(member => member.Name == name);
        if (at < 0)
        {
            return text;
        }

        // With the comma after it, or for the last one with the comma before it.
        var (start, end) = (members[at].NameStart, members[at].End);
        (start, end) = at + 1 < members.Count ? (start, members[at + 1].NameStart) : at > 0 ? (members[at - 1].End, end) : (start, end);
        var edits = new JsonEdits(text);
        edits.Replace(start, end, default);
        return edits.ToArray();
    }

    /// <summary>A text as a JSON string.</summary>
    public static byte[] Quote(string text)
    {
        var encoded = JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        return [(byte)'"', .. encoded, (byte)'"'];
    }
}
