using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Manifests.Yaml;
using McpOperator.Objects;

namespace McpOperator.Manifests;

/// <summary>Prints objects as kubectl does.</summary>
public static class ManifestWriter
{
    private static readonly string[] First = ["apiVersion", "kind", "metadata"];

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Objects as YAML documents.</summary>
    public static string ToYaml(IEnumerable<IKubernetesObject> objects) => ToYaml(objects.Select(KubernetesJson.SerializeToNode));

    /// <summary>JSON trees as YAML documents.</summary>
    public static string ToYaml(IEnumerable<JsonNode> documents) => string.Join("---\n", documents.Select(ToYaml));

    /// <summary>A JSON tree as YAML; of an object with apiVersion, kind and metadata these stand first.</summary>
    public static string ToYaml(JsonNode document) => YamlPrinter.Print(Ordered(document));

    /// <summary>Objects as one JSON <c>List</c>, which <c>kubectl apply</c> takes as well.</summary>
    public static string ToJson(IEnumerable<IKubernetesObject> objects)
    {
        var list = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. objects.Select(one => Ordered(KubernetesJson.SerializeToNode(one)))]),
        };
        return list.ToJsonString(Indented) + "\n";
    }

    /// <summary>.NET writes a record's own properties before those of its base; people look for the kind and the name first.</summary>
    private static JsonNode Ordered(JsonNode node) =>
        node is JsonObject document && document.ContainsKey("kind")
            ? new JsonObject(document
                .OrderBy(static field => Array.IndexOf(First, field.Key) is >= 0 and var place ? place : First.Length)
                .Select(static field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())))
            : node;
}
