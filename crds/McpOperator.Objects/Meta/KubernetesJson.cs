using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace McpOperator.Objects;

/// <summary>How objects are written to and read from JSON: Kubernetes' names, times in whole seconds, nothing for what is absent.</summary>
public static class KubernetesJson
{
    /// <summary>Lenient: fields that a type does not know are passed over. For whatever comes from the API server.</summary>
    public static JsonSerializerOptions Options { get; } = Make(JsonUnmappedMemberHandling.Skip);

    /// <summary>Strict: an unknown field is an error. For whatever a person wrote.</summary>
    public static JsonSerializerOptions StrictOptions { get; } = Make(JsonUnmappedMemberHandling.Disallow);

    /// <summary>An object as UTF-8 JSON.</summary>
    public static byte[] SerializeToUtf8Bytes(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Options);

    /// <summary>An object as a JSON tree.</summary>
    public static JsonNode SerializeToNode(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), Options)!;

    /// <summary>Reads an object, passing over fields that its type does not know.</summary>
    /// <exception cref="JsonException">The text is no JSON, or a field has the wrong type.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException($"null where a {typeof(T).Name} was expected");

    private static JsonSerializerOptions Make(JsonUnmappedMemberHandling unknown)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = unknown,
            // What we write is read by programs and in terminals, never pasted into HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new EnumNameConverter(), new TimeConverter() },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>metav1.Time: RFC 3339 in whole seconds, UTC. Leases carry microseconds and say so on the property.</summary>
    private sealed class TimeConverter : JsonConverter<DateTime>
    {
        public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().UtcDateTime;

        public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }
}

/// <summary>metav1.MicroTime: RFC 3339 with six decimals, which leases and events require.</summary>
public sealed class MicroTimeConverter : JsonConverter<DateTime>
{
    /// <inheritdoc/>
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().UtcDateTime;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}
