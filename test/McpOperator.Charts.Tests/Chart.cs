using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>The chart as it lies in the repository.</summary>
internal static class Chart
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "charts", "mcp-operator");

    /// <summary>What helm makes of it.</summary>
    public static string Render(params string[] arguments) =>
        DeliveryTools.Run("helm", ["template", "mcp-operator", Folder, "--namespace", "mcp-operator-system", .. arguments]);

    /// <summary>The same as objects.</summary>
    public static IReadOnlyList<JsonObject> Objects(params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Render(arguments));
            return [.. YamlJson.ReadAll(file).OfType<JsonObject>()];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>One object out of many.</summary>
    public static JsonObject One(this IEnumerable<JsonObject> objects, string kind, string name = "mcp-operator") =>
        objects.Single(o => (string?)o["kind"] == kind && (string?)o["metadata"]!["name"] == name);
}
