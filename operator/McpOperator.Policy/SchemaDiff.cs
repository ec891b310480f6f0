using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>One difference between two JSON schemas.</summary>
/// <param name="Path">Where, such as <c>inputSchema.properties.query.maximum</c>.</param>
/// <param name="Class">What kind of change it is; a text's is <see cref="SurfaceChangeClass.Wording"/> until it is looked at.</param>
/// <param name="Before">The value that was approved.</param>
/// <param name="After">The value that waits.</param>
internal sealed record SchemaChange(string Path, SurfaceChangeClass Class, JsonNode? Before, JsonNode? After);

/// <summary>
/// Compares schemas of arguments (JSON Schema 2020-12). Only what surely takes away is called narrowing: everything that this does not
/// understand (<c>anyOf</c>, <c>not</c>, <c>$ref</c>, keywords of later drafts) counts as widened, so that a person looks at it.
/// </summary>
internal static class SchemaDiff
{
    /// <summary>Keywords that people and models read and no validator does.</summary>
    private static readonly string[] Texts = ["title", "description", "$comment", "examples", "default", "deprecated"];

    /// <summary>Limits, and the direction in which they are stricter.</summary>
    private static readonly Dictionary<string, int> Limits = new(StringComparer.Ordinal)
    {
        ["minimum"] = 1,
        ["exclusiveMinimum"] = 1,
        ["minLength"] = 1,
        ["minItems"] = 1,
        ["minProperties"] = 1,
        ["maximum"] = -1,
        ["exclusiveMaximum"] = -1,
        ["maxLength"] = -1,
        ["maxItems"] = -1,
        ["maxProperties"] = -1,
    };

    public static IEnumerable<SchemaChange> Between(JsonObject? before, JsonObject? after) => (before, after) switch
    {
        (null, null) => [],
        // No schema takes any arguments.
        (null, _) or (_, null) => [new("inputSchema", SurfaceChangeClass.SchemaWidened, before, after)],
        _ => Objects(before, after, "inputSchema"),
    };

    private static IEnumerable<SchemaChange> Objects(JsonObject before, JsonObject after, string path)
    {
        foreach (var keyword in before.Select(p => p.Key).Union(after.Select(p => p.Key)).Order(StringComparer.Ordinal))
        {
            var (old, now) = (before[keyword], after[keyword]);
            if (before.ContainsKey(keyword) == after.ContainsKey(keyword) && CanonicalJson.AreEqual(old, now))
            {
                continue;
            }

            var inner = $"{path}.{keyword}";
            foreach (var change in (keyword, old, now) switch
            {
                ("properties", JsonObject o, JsonObject n) => Properties(o, n, inner, IsClosed(before) && IsClosed(after)),
                ("items", JsonObject o, JsonObject n) => Objects(o, n, inner),
                _ => [new(inner, ClassOf(keyword, old, now), old, now)],
            })
            {
                yield return change;
            }
        }
    }

    private static IEnumerable<SchemaChange> Properties(JsonObject before, JsonObject after, string path, bool isClosed)
    {
        foreach (var name in before.Select(p => p.Key).Union(after.Select(p => p.Key)).Order(StringComparer.Ordinal))
        {
            var (old, now, inner) = (before[name], after[name], $"{path}.{name}");
            if (before.ContainsKey(name) == after.ContainsKey(name) && CanonicalJson.AreEqual(old, now))
            {
                continue;
            }

            if (old is JsonObject o && now is JsonObject n)
            {
                foreach (var change in Objects(o, n, inner))
                {
                    yield return change;
                }
            }
            else
            {
                // An argument that is not spoken of any more may be anything, unless the schema is closed.
                var goes = before.ContainsKey(name) && !after.ContainsKey(name) && isClosed;
                yield return new(inner, goes ? SurfaceChangeClass.Narrowing : SurfaceChangeClass.SchemaWidened, old, now);
            }
        }
    }

    private static SurfaceChangeClass ClassOf(string keyword, JsonNode? before, JsonNode? after)
    {
        if (Texts.Contains(keyword))
        {
            return SurfaceChangeClass.Wording;
        }

        var narrows = keyword switch
        {
            "required" => after is JsonArray now && (before is null || (before is JsonArray old && IsSubset(old, now))),
            "enum" => before is JsonArray old && after is JsonArray now && IsSubset(now, old),
            "additionalProperties" => IsFalse(after),
            _ => Limits.TryGetValue(keyword, out var direction) && Number(after) is { } now && (before is null || (Number(before) is { } old && now.CompareTo(old) == direction)),
        };
        return narrows ? SurfaceChangeClass.Narrowing : SurfaceChangeClass.SchemaWidened;
    }

    private static bool IsClosed(JsonObject schema) => IsFalse(schema["additionalProperties"]);

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == JsonValueKind.False;

    private static bool IsSubset(JsonArray small, JsonArray large) => small.All(s => large.Any(l => CanonicalJson.AreEqual(s, l)));

    private static decimal? Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && decimal.TryParse(node.ToJsonString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
