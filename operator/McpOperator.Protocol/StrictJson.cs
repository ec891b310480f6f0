using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace McpOperator.Protocol;

/// <summary>
/// JSON as RFC 8259 has it, and narrower where parsers disagree (RFC 7493, I-JSON): valid UTF-8, no repeated names in one object
/// however they are escaped, no lone surrogates, no number that is none, nothing after the value.
/// </summary>
public static class StrictJson
{
    /// <summary>Looks at a text without building anything of it.</summary>
    /// <returns>What is wrong with it and where; nothing when it is good.</returns>
    public static string? Check(ReadOnlyMemory<byte> utf8, JsonLimits limits)
    {
        if (utf8.Length > limits.MaxBytes)
        {
            return $"more than {limits.MaxBytes} bytes";
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            return "not valid UTF-8";
        }

        var names = new NameStack(utf8);
        var scratch = Array.Empty<byte>();
        try
        {
            var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    names.Open();
                }
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueIsEscaped)
                    {
                        names.AddCopy(Unescape(ref reader, ref scratch));
                    }
                    else
                    {
                        names.Add((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    }
                }
                else if (reader.TokenType == JsonTokenType.EndObject)
                {
                    if (names.Close())
                    {
                        return $"a name stands twice in the object that ends at byte {reader.TokenStartIndex}";
                    }
                }
                else if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
                {
                    // Only unescaping tells whether a surrogate stands alone.
                    Unescape(ref reader, ref scratch);
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"no JSON, at byte {e.BytePositionInLine} of line {e.LineNumber + 1}, or nested more than {limits.MaxDepth} deep";
        }
        catch (InvalidOperationException)
        {
            return "a string has half of a surrogate pair";
        }
        finally
        {
            Return(scratch);
        }
    }

    private static ReadOnlySpan<byte> Unescape(ref Utf8JsonReader reader, ref byte[] scratch)
    {
        if (scratch.Length < reader.ValueSpan.Length)
        {
            Return(scratch);
            scratch = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        }

        return scratch.AsSpan(0, reader.CopyString(scratch.AsSpan()));
    }

    private static void Return(byte[] scratch)
    {
        if (scratch.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
