using System.Text.Json;

namespace McpOperator.Reconcilers;

/// <summary>
/// Whether every field that we set still has our value. The API server fills in defaults and others may add fields, so the live object
/// may say more than the desired one, but a list has exactly our elements: an extra rule in a NetworkPolicy is a hole. In the kinds that
/// give rights, an extra field is one as well: a <c>namespaceSelector</c> beside our <c>podSelector</c> lets other namespaces in.
/// </summary>
internal static class LiveMatch
{
    /// <summary>Lists of metadata that belong to several writers.</summary>
    private static readonly string[] Shared = ["ownerReferences", "finalizers"];

    /// <summary>Kinds into which the API server fills nothing that we leave out, and the fields of theirs that give rights.</summary>
    private static readonly string[] ExactKinds = ["NetworkPolicy", "Role", "RoleBinding"];
    private static readonly string[] ExactFields = ["spec", "rules", "subjects", "roleRef"];

    /// <summary>Objects that Go leaves out when they are empty. All others it keeps: <c>emptyDir: {}</c> and <c>podSelector: {}</c> say much.</summary>
    private static readonly string[] Mappings = ["matchLabels", "labels", "annotations", "limits", "requests", "data", "resources"];

    /// <summary>They are known from where an object was read; lists of built-in kinds do not repeat them for each item.</summary>
    private static readonly string[] Known = ["apiVersion", "kind"];

    /// <summary>The first field that differs, such as <c>.spec.replicas</c>; nothing when all match.</summary>
    public static string? FirstDifference(JsonElement desired, JsonElement live) => Compare(desired, live, "") ?? Excess(desired, live);

    private static string? Excess(JsonElement desired, JsonElement live) =>
        desired.TryGetProperty("kind", out var kind) && ExactKinds.Contains(kind.GetString())
            ? ExactFields.Select(field => desired.TryGetProperty(field, out var d) && live.TryGetProperty(field, out var l) ? Extra(d, l, $".{field}") : null)
                .FirstOrDefault(path => path is not null)
            : null;

    /// <summary>The first field that the live object has beyond ours, once ours are known to match.</summary>
    private static string? Extra(JsonElement desired, JsonElement live, string path) => live.ValueKind switch
    {
        JsonValueKind.Object => live.EnumerateObject()
            .Select(p => desired.TryGetProperty(p.Name, out var d) ? Extra(d, p.Value, $"{path}.{p.Name}") : IsZero(p.Name, p.Value) ? null : $"{path}.{p.Name}")
            .FirstOrDefault(found => found is not null),
        JsonValueKind.Array => live.EnumerateArray().Select((item, i) => Extra(desired[i], item, $"{path}[{i}]")).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static string? Compare(JsonElement desired, JsonElement live, string path) => desired.ValueKind switch
    {
        JsonValueKind.Object => live.ValueKind == JsonValueKind.Object ? CompareObjects(desired, live, path) : path,
        JsonValueKind.Array => live.ValueKind == JsonValueKind.Array ? CompareArrays(desired, live, path) : path,
        JsonValueKind.Number => live.ValueKind == JsonValueKind.Number && desired.GetDecimal() == live.GetDecimal() ? null : path,
        JsonValueKind.String => live.ValueKind == JsonValueKind.String && live.ValueEquals(desired.GetString()) ? null : path,
        _ => desired.ValueKind == live.ValueKind ? null : path,
    };

    private static string? CompareObjects(JsonElement desired, JsonElement live, string path)
    {
        foreach (var property in desired.EnumerateObject())
        {
            var inner = $"{path}.{property.Name}";
            if (!live.TryGetProperty(property.Name, out var value))
            {
                if (!IsZero(property.Name, property.Value) && !(path.Length == 0 && Known.Contains(property.Name)))
                {
                    return inner;
                }
            }
            else if (Compare(property.Value, value, inner) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? CompareArrays(JsonElement desired, JsonElement live, string path)
    {
        if (Shared.Any(name => path == $".metadata.{name}"))
        {
            return desired.EnumerateArray().All(d => live.EnumerateArray().Any(l => Compare(d, l, "") is null)) ? null : path;
        }

        if (desired.GetArrayLength() != live.GetArrayLength())
        {
            return path;
        }

        for (var i = 0; i < desired.GetArrayLength(); i++)
        {
            if (Compare(desired[i], live[i], $"{path}[{i}]") is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    /// <summary>The API server leaves out what has Go's zero value.</summary>
    private static bool IsZero(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Mappings.Contains(name) && !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Number => value.GetDecimal() == 0,
        JsonValueKind.True => false,
        _ => true,
    };
}
