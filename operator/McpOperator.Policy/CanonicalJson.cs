using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOperator.Policy;

/// <summary>
/// JSON in one form only: members of objects ordered by name (ordinal), no white space, numbers by their value (<c>1.0</c> is <c>1</c>).
/// The API server keeps neither the order of members nor the writing of numbers, so neither may make two equal things differ.
/// </summary>
public static class CanonicalJson
{
    /// <summary>A .NET decimal holds this many digits exactly.</summary>
    private const int ExactDigits = 28;

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject obj:
                writer.WriteStartObject();
                foreach (var (name, value) in obj.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray array:
                writer.WriteStartArray();
                foreach (var item in array)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            case JsonValue number when number.GetValueKind() == JsonValueKind.Number:
                writer.WriteRawValue(Number(number.ToJsonString()));
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>Whether two values are one in canonical form.</summary>
    public static bool AreEqual(JsonNode? one, JsonNode? other) => Bytes(one).AsSpan().SequenceEqual(Bytes(other));

    /// <summary>The same object with its members in order.</summary>
    public static JsonObject? Of(JsonObject? node) => node is null ? null : JsonNode.Parse(Bytes(node))!.AsObject();

    /// <summary>The value as UTF-8.</summary>
    public static byte[] Bytes(JsonNode? node)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, node);
        }

        return buffer.ToArray();
    }

    /// <summary>A number that a decimal cannot hold exactly stays as it is written: two that differ must never become one.</summary>
    private static string Number(string text)
    {
        var parts = text.Split('e', 'E');
        var exponent = 0;
        if (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            return text;
        }

        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : parts[0].Length - point - 1;
        var isExact = parts[0].Count(char.IsAsciiDigit) <= ExactDigits && (long)decimals - exponent <= ExactDigits;
        return isExact && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value == 0 ? "0" : value.ToString("0.############################", CultureInfo.InvariantCulture)
            : text;
    }
}
