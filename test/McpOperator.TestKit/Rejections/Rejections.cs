using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOperator.TestKit;

/// <summary>One thing that the API server has to refuse.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Bound">The keyword of the schema that is broken (<c>maxLength</c>, <c>required</c> …), <c>unique</c> for lists that are sets or maps, <c>rule</c> for CEL.</param>
/// <param name="At">The field that is changed, such as <c>spec.env[1].name</c>.</param>
/// <param name="Field">The field that the refusal names. API server 1.20 leaves indexes out: compare with <see cref="Names"/>.</param>
/// <param name="Before">A valid object to be created first (and, if <paramref name="InStatus"/>, its status written); absent: the bad object is created at once.</param>
/// <param name="After">The bad object, to be put in its place.</param>
/// <param name="InStatus">Whether the bad object goes to the status subresource.</param>
/// <param name="CelOnly">Whether only a CEL rule refuses it, which API servers before 1.25 ignore.</param>
/// <param name="Says">What the refusal's message contains; for CEL rules.</param>
public sealed record Rejection(string Kind, string Bound, string At, string Field, JsonObject? Before, JsonObject After, bool InStatus, bool CelOnly, string? Says)
{
    /// <summary>API server 1.20 knows no CEL, and looks for duplicates in the spec only.</summary>
    public bool IsEnforcedByOldServers => !CelOnly && !(InStatus && Bound == "unique");

    /// <summary>Whether a cause's field is the one that is expected, with or without the indexes.</summary>
    public bool Names(string? field) => WithoutIndexes(field ?? "") == WithoutIndexes(Field);

    public override string ToString() => $"{Kind} {Bound} {At}";

    private static string WithoutIndexes(string path) => Regex.Replace(path, @"\[\d+\]", "");
}

/// <summary>
/// What the API server has to refuse: one case at least for each bound of each field. The cases are data, beside this file.
/// </summary>
public static partial class Rejections
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Rejections");

    /// <summary>The kinds that have cases.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["MCPAccessGrant", "MCPAgentSession", "MCPServer", "MCPToolConfig"];

    /// <summary>A valid object that sets every field of spec and status.</summary>
    public static JsonObject Valid(string kind) => YamlJson.ReadAll(Path.Combine(Folder, kind + ".valid.yaml"))[0]!.AsObject();

    /// <summary>All cases.</summary>
    public static IReadOnlyList<Rejection> All() => [.. Kinds.SelectMany(Of)];

    private static IEnumerable<Rejection> Of(string kind)
    {
        var valid = Valid(kind);
        foreach (var file in (string[])["bounds", "rules"])
        {
            foreach (var entry in YamlJson.ReadAll(Path.Combine(Folder, $"{kind}.{file}.yaml"))[0]!.AsArray().Select(e => e!.AsObject()))
            {
                var changes = entry["changes"]?.AsArray().Select(c => c!.AsObject()).ToList() ?? [entry];
                var after = valid.DeepClone().AsObject();
                foreach (var change in changes)
                {
                    Apply(after, change);
                }

                var at = (string)changes[0]["at"]!;
                var isCreated = (bool?)entry["create"] ?? false;
                yield return new Rejection(
                    kind,
                    (string)entry["bound"]!,
                    at,
                    (string?)entry["field"] ?? at,
                    isCreated ? null : valid.DeepClone().AsObject(),
                    after,
                    InStatus: at == "status" || at.StartsWith("status.", StringComparison.Ordinal),
                    CelOnly: file == "rules",
                    (string?)entry["says"]);
            }
        }
    }

    private static void Apply(JsonObject target, JsonObject change)
    {
        var steps = Step().Matches((string)change["at"]!).Select(m => m.Value).ToList();
        JsonNode node = target;
        foreach (var step in steps[..^1])
        {
            node = node is JsonArray list ? list[int.Parse(step)]! : node[step]!;
        }

        switch (node)
        {
            case JsonObject parent when (bool?)change["remove"] is true:
                parent.Remove(steps[^1]);
                break;
            case JsonObject parent:
                parent[steps[^1]] = Expand(change["value"]);
                break;
            default:
                node.AsArray()[int.Parse(steps[^1])] = Expand(change["value"]);
                break;
        }
    }

    /// <summary>Long values are written short: <c>{$repeat: a, times: 64}</c>, <c>{$elements: {name: "n#"}, times: 300}</c>, <c>{$entries: …}</c>.</summary>
    private static JsonNode? Expand(JsonNode? value)
    {
        var times = value is JsonObject { Count: 2 } o && o["times"] is { } t ? Enumerable.Range(0, (int)(long)t) : [];
        return value switch
        {
            JsonObject map when map["$repeat"] is { } text => string.Concat(times.Select(_ => (string)text!)),
            JsonObject map when map["$elements"] is { } element => new JsonArray([.. times.Select(i => JsonNode.Parse(element.ToJsonString().Replace("#", i.ToString(), StringComparison.Ordinal)))]),
            JsonObject map when map["$entries"] is { } entry => new JsonObject(times.Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)entry.DeepClone()))),
            _ => value?.DeepClone(),
        };
    }

    [GeneratedRegex(@"[^.\[\]]+")]
    private static partial Regex Step();
}
