using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>A port by number or by name.</summary>
/// <param name="Value">The number in digits, or the name.</param>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString(string Value)
{
    /// <summary>A port by number.</summary>
    public static implicit operator IntOrString(int value) => new(value.ToString());

    /// <summary>A port by name.</summary>
    public static implicit operator IntOrString(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    private sealed class IntOrStringConverter : JsonConverter<IntOrString>
    {
        public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : reader.GetString() ?? "";

        public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
        {
            if (int.TryParse(value.Value, out var number))
            {
                writer.WriteNumberValue(number);
            }
            else
            {
                writer.WriteStringValue(value.Value);
            }
        }
    }
}
