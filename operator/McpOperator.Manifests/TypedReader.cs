using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpOperator.Manifests.Yaml;
using McpOperator.Objects;

namespace McpOperator.Manifests;

/// <summary>
/// Nodes → an object of a .NET type. System.Text.Json would stop at the first error and not know its place, so we walk the
/// type's contract ourselves, collect everything that is wrong, and let it deserialise only what is sound.
/// </summary>
internal sealed class TypedReader(string file, List<ManifestError> errors)
{
    private static readonly JsonSerializerOptions Options = KubernetesJson.StrictOptions;

    /// <summary>The object, or null if there were errors.</summary>
    public object? Read(Node node, Type type, string prefix)
    {
        var before = errors.Count;
        var json = Build(node, Options.GetTypeInfo(type), prefix);
        if (errors.Count > before)
        {
            return null;
        }

        try
        {
            return json.Deserialize(type, Options);
        }
        catch (JsonException exception)
        {
            // Only converters of single properties can still object here.
            var path = string.Concat(FieldPath.Split(exception.Path ?? "").Select(static part => "." + part)).TrimStart('.');
            var (line, column) = node.Locate(exception.Path ?? "");
            errors.Add(new ManifestError(file, line, column, FieldPath.Join(prefix, path), Innermost(exception)));
            return null;
        }
    }

    private static JsonTypeInfo InfoOf(Type type) => Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);

    private static string Innermost(Exception exception) =>
        exception.InnerException is FormatException or ArgumentException or OverflowException ? exception.InnerException.Message
        : exception is JsonException && exception.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
            ? "has a value that cannot stand here" : exception.Message;

    private JsonNode? Build(Node node, JsonTypeInfo info, string path)
    {
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object when node is MappingNode mapping:
                return BuildObject(mapping, info, path);
            case JsonTypeInfoKind.Dictionary when node is MappingNode mapping:
                return BuildDictionary(mapping, InfoOf(info.ElementType!), path);
            case JsonTypeInfoKind.Enumerable when node is SequenceNode list:
                var element = InfoOf(info.ElementType!);
                return new JsonArray(
                    [.. list.Items.Select((item, i) => BuildPresent(item, element, FieldPath.Item(path, i), (item.Line, item.Column)))]);
            case JsonTypeInfoKind.None:
                return BuildLeaf(node, info.Type, path);
            default:
                var wanted = info.Kind == JsonTypeInfoKind.Enumerable ? "a list (lines that start with \"- \")" : "a mapping (lines of \"key: value\")";
                return Error(node, path, $"must be {wanted}, but is {node.Description}");
        }
    }

    private JsonObject BuildObject(MappingNode mapping, JsonTypeInfo info, string path)
    {
        var json = new JsonObject();
        // A computed property is written, but nobody can set it.
        var known = info.Properties.Where(static p => !p.IsExtensionData && (p.Set is not null || p.AssociatedParameter is not null)).ToList();
        var takesAll = info.Properties.Any(static p => p.IsExtensionData);
        foreach (var entry in mapping.Entries)
        {
            var here = FieldPath.Field(path, entry.Key);
            var property = known.Find(p => p.Name == entry.Key);
            if (property is null && !takesAll)
            {
                errors.Add(new ManifestError(
                    file, entry.Line, entry.Column, here,
                    "unknown field" + Nearest.Hint(entry.Key, [.. known.Select(static p => p.Name)], "known here are")));
            }
            else if (property is not null && entry.Value is ScalarNode { Value: null })
            {
                // A field without a value is an absent field, as the API server has it.
            }
            else
            {
                json[entry.Key] = property is { CustomConverter: null }
                    ? Build(entry.Value, InfoOf(property.PropertyType), here)
                    : entry.Value.ToJson();
            }
        }

        foreach (var property in known.Where(IsRequired))
        {
            if (mapping.Find(property.Name) is null or { Value: ScalarNode { Value: null } })
            {
                var (line, column) = mapping.Locate(property.Name);
                errors.Add(new ManifestError(file, line, column, FieldPath.Field(path, property.Name), "is missing; it must be set"));
            }
        }

        return json;
    }

    private static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false };

    private JsonObject BuildDictionary(MappingNode mapping, JsonTypeInfo element, string path)
    {
        var json = new JsonObject();
        foreach (var entry in mapping.Entries)
        {
            json[entry.Key] = BuildPresent(entry.Value, element, FieldPath.Key(path, entry.Key), (entry.Line, entry.Column));
        }

        return json;
    }

    private JsonNode? BuildPresent(Node node, JsonTypeInfo info, string path, (int Line, int Column) place)
    {
        if (node is ScalarNode { Value: null } && !typeof(JsonNode).IsAssignableFrom(info.Type) && info.Type != typeof(JsonElement))
        {
            var fix = info.Type == typeof(string) ? "; write \"\" for an empty text" : "; give it one or remove it";
            errors.Add(new ManifestError(file, place.Line, place.Column, path, "has no value" + fix));
            return null;
        }

        return Build(node, info, path);
    }

    private JsonNode? BuildLeaf(Node node, Type type, string path)
    {
        if (type.IsEnum)
        {
            return BuildEnum(node, type, path);
        }

        var json = node.ToJson();
        try
        {
            json.Deserialize(type, Options);
            return json;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            return Error(node, path, LeafMessage(node, type) ?? Innermost(exception));
        }
    }

    private JsonNode? BuildEnum(Node node, Type type, string path)
    {
        // Asked of the converter, which knows the names that enumerations give their members; and matched exactly, because
        // the API server would not take "http" for "Http" either.
        string[] words = [.. Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, Options)!.ToString())];
        var text = (node as ScalarNode)?.Text ?? "";
        // By what was written, not by what YAML makes of it: `mode: Off` means the word, though YAML 1.1 reads false.
        return node is ScalarNode && words.Contains(text, StringComparer.Ordinal)
            ? JsonValue.Create(text)
            : Error(node, path, $"must be one of {string.Join(", ", words)}, but is {node.Description}" + Nearest.Guess(text, words));
    }

    private static string? LeafMessage(Node node, Type type)
    {
        var scalar = node as ScalarNode;
        var quoted = scalar?.Value?.GetValueKind() == JsonValueKind.String && Scalars.Resolve(scalar.Text)?.GetValueKind() is { } plain
            && plain != JsonValueKind.String;
        return type switch
        {
            _ when type == typeof(string) && scalar is not null => $"must be text, but is {node.Description}; write \"{scalar.Text}\" in quotes",
            _ when type == typeof(string) => $"must be text, but is {node.Description}",
            _ when type == typeof(bool) => $"must be true or false, but is {node.Description}" + (quoted ? "; remove the quotes" : ""),
            _ when IsInteger(type) => $"must be a whole number{Range(type)}, but is {node.Description}" + (quoted ? "; remove the quotes" : ""),
            _ when type == typeof(double) || type == typeof(float) || type == typeof(decimal) =>
                $"must be a number, but is {node.Description}" + (quoted ? "; remove the quotes" : ""),
            _ when type == typeof(DateTime) || type == typeof(DateTimeOffset) => $"must be a time such as 2026-01-31T12:00:00Z, but is {node.Description}",
            _ when type == typeof(byte[]) => $"must be base64, but is {node.Description}",
            _ when type == typeof(TimeSpan) => $"must be a time span such as 00:00:30, but is {node.Description}",
            _ when node is not ScalarNode => $"must be a single value, but is {node.Description}",
            _ => null,
        };
    }

    private static bool IsInteger(Type type) =>
        Type.GetTypeCode(type) is TypeCode.Int32 or TypeCode.Int64 or TypeCode.Int16 or TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64;

    private static string Range(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int32 => $" from {int.MinValue} to {int.MaxValue}",
        TypeCode.UInt16 => $" from 0 to {ushort.MaxValue}",
        TypeCode.Byte => $" from 0 to {byte.MaxValue}",
        _ => "",
    };

    private JsonNode? Error(Node node, string path, string message)
    {
        errors.Add(new ManifestError(file, node.Line, node.Column, path, message));
        return null;
    }
}
