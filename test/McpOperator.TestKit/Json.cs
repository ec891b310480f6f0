using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.TestKit;

/// <summary>Short ways about JSON trees.</summary>
public static class Json
{
    public static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    /// <summary>What stands at a path such as <c>spec.ports.0.name</c>; null when nothing does.</summary>
    public static JsonNode? At(this JsonNode? node, string path) => path.Split('.').Aggregate(node, (n, step) => n switch
    {
        JsonObject map => map[step],
        JsonArray list when int.Parse(step) is var i && i < list.Count => list[i],
        _ => null,
    });

    public static string? Text(this JsonNode? node, string path) => node.At(path) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(KubernetesJson.Options),
    };

    public static string Name(this JsonObject item) => item.Text("metadata.name")!;

    public static string Version(this JsonObject item) => item.Text("metadata.resourceVersion")!;

    public static IReadOnlyList<JsonNode> List(this JsonNode? node, string path) => node.At(path) is JsonArray list ? [.. list.OfType<JsonNode>()] : [];

    /// <summary>A condition in words: <c>False/NotFound: message</c>.</summary>
    public static string? Condition(this JsonNode? item, string type) => item.List("status.conditions").FirstOrDefault(c => c.Text("type") == type) is { } c
        ? $"{c.Text("status")}/{c.Text("reason")}: {c.Text("message")}"
        : null;
}
