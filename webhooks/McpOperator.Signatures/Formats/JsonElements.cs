using System.Globalization;
using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>Reads fields, and refuses those that are not what they should be. Messages name the field and repeat nothing of it.</summary>
internal static class JsonElements
{
    public static JsonElement? Optional(this JsonElement element, string name, JsonValueKind kind)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"not an object where '{name}' should be");
        }

        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw new FormatException($"'{name}' is not of the right type");
    }

    public static JsonElement Required(this JsonElement element, string name, JsonValueKind kind) =>
        element.Optional(name, kind) ?? throw new FormatException($"'{name}' is missing");

    public static string? OptionalText(this JsonElement element, string name)
    {
        try
        {
            return element.Optional(name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException) // half of a surrogate pair
        {
            throw new FormatException($"'{name}' is not valid text");
        }
    }

    public static string Text(this JsonElement element, string name) => element.OptionalText(name) ?? throw new FormatException($"'{name}' is missing");

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Optional(name, JsonValueKind.Array)?.EnumerateArray() ?? Enumerable.Empty<JsonElement>();

    public static byte[]? OptionalBytes(this JsonElement element, string name) => element.OptionalText(name) is { } text ? Base64(text, name) : null;

    public static byte[] Bytes(this JsonElement element, string name) => Base64(element.Text(name), name);

    public static long? OptionalNumber(this JsonElement element, string name) =>
        element.Optional(name, JsonValueKind.Number) is not { } value ? null
        : value.TryGetInt64(out var number) ? number : throw new FormatException($"'{name}' is not a whole number");

    /// <summary>A 64-bit number as protobuf's JSON writes it: in quotation marks, or without.</summary>
    public static long? OptionalLong(this JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number)
        {
            return element.OptionalNumber(name);
        }

        return element.OptionalText(name) is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw new FormatException($"'{name}' is not a whole number");
    }

    public static byte[] Base64(string text, string name)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new FormatException($"'{name}' is not base64");
        }
    }
}
