using System.Text.Json;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Framing;

/// <summary>
/// What has to be known of a message that a server wrote in order to bring it to its client: its kind, its id, and the request that it
/// belongs to. The rest is looked over once, to see that it is JSON, and never built.
/// </summary>
internal readonly record struct ServerMessage
{
    /// <summary>The message.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>Its id as it is written; empty in a notification.</summary>
    public ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>Its method; nothing in a response.</summary>
    public string? Method { get; init; }

    /// <summary>Its parameters; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Params { get; init; }

    /// <summary>Its result; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Result { get; init; }

    /// <summary>The error's code; nothing when it has none.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>Where a slice of the text begins.</summary>
    public int OffsetOf(ReadOnlyMemory<byte> slice) => Text.Span.Overlaps(slice.Span, out var offset) ? offset : throw new ArgumentException("not a slice of this text", nameof(slice));

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line. Carriage returns in it, which JSON allows between its parts, are replaced by spaces: no event of a stream can carry them.</param>
    /// <returns>The message; nothing when the line is none.</returns>
    public static ServerMessage? Read(Memory<byte> line)
    {
        line.Span.Replace((byte)'\r', (byte)' ');
        if (line.IsEmpty || line.Span[0] is not ((byte)'{' or (byte)' ' or (byte)'\t') || !System.Text.Unicode.Utf8.IsValid(line.Span))
        {
            return null;
        }

        try
        {
            return ReadObject(JsonText.Trim(line));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ServerMessage? ReadObject(ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(text.Span, new JsonReaderOptions { MaxDepth = 1024 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        ReadOnlyMemory<byte> id = default, parameters = default, result = default, error = default;
        string? method = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.ValueTextEquals("id"u8) ? 1
                : reader.ValueTextEquals("method"u8) ? 2
                : reader.ValueTextEquals("params"u8) ? 3
                : reader.ValueTextEquals("result"u8) ? 4
                : reader.ValueTextEquals("error"u8) ? 5
                : 0;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (member == 2)
            {
                method = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length < 256 ? reader.GetString() : "";
            }

            reader.Skip();
            var value = text[start..(int)reader.BytesConsumed];
            switch (member)
            {
                case 1: id = value; break;
                case 3: parameters = value; break;
                case 4: result = value; break;
                case 5: error = value; break;
            }
        }

        // What follows the object makes the reader throw.
        while (reader.Read())
        {
        }

        var isResponse = method is null && !id.IsEmpty && (result.IsEmpty != error.IsEmpty);
        if (method is null ? !isResponse : method.Length == 0)
        {
            return null;
        }

        return new()
        {
            Text = text,
            Kind = isResponse ? MessageKind.Response : id.IsEmpty ? MessageKind.Notification : MessageKind.Request,
            Id = id,
            Method = method,
            Params = parameters,
            Result = result,
            ErrorCode = error.IsEmpty ? null : CodeOf(error),
        };
    }

    private static int? CodeOf(ReadOnlyMemory<byte> error) =>
        JsonText.Member(error, "code") is { IsEmpty: false } code && System.Buffers.Text.Utf8Parser.TryParse(code.Span, out int value, out _) ? value : null;
}
