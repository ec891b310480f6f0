using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpOperator.Protocol;

/// <summary>Writes messages of our own.</summary>
public static class JsonRpcWriter
{
    /// <summary>Text as it reads, not escaped for HTML: nobody puts these into a page.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An answer that says what went wrong.</summary>
    /// <param name="id">The request's id as it was written; empty: <c>null</c>.</param>
    /// <param name="code">From <see cref="JsonRpcErrors"/>.</param>
    /// <param name="message">What went wrong, and what would help.</param>
    /// <param name="data">Writes the value of <c>data</c>; absent: there is none.</param>
    public static byte[] Error(ReadOnlyMemory<byte> id, int code, string message, Action<Utf8JsonWriter>? data = null) => Write(writer =>
    {
        Start(writer, id, "null"u8);
        writer.WriteStartObject("error");
        writer.WriteNumber("code", code);
        writer.WriteString("message", message);
        if (data is not null)
        {
            writer.WritePropertyName("data");
            data(writer);
        }

        writer.WriteEndObject();
    });

    /// <summary>An answer with a result.</summary>
    /// <param name="id">The request's id as it was written.</param>
    /// <param name="result">Writes the result.</param>
    public static byte[] Result(ReadOnlyMemory<byte> id, Action<Utf8JsonWriter> result) => Write(writer =>
    {
        Start(writer, id, "null"u8);
        writer.WritePropertyName("result");
        result(writer);
    });

    /// <summary>A request, or without an id a notification.</summary>
    /// <param name="id">The id as it is to be written; empty: a notification.</param>
    /// <param name="method">The method.</param>
    /// <param name="parameters">Writes the object <c>params</c>; absent: there is none.</param>
    public static byte[] Call(ReadOnlyMemory<byte> id, string method, Action<Utf8JsonWriter>? parameters = null) => Write(writer =>
    {
        Start(writer, id, default);
        writer.WriteString("method", method);
        if (parameters is not null)
        {
            writer.WritePropertyName("params");
            parameters(writer);
        }
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Start(Utf8JsonWriter writer, ReadOnlyMemory<byte> id, ReadOnlySpan<byte> otherwise)
    {
        writer.WriteString("jsonrpc", "2.0");
        if (!id.IsEmpty || !otherwise.IsEmpty)
        {
            writer.WritePropertyName("id");
            writer.WriteRawValue(id.IsEmpty ? otherwise : id.Span, skipInputValidation: true);
        }
    }
}
