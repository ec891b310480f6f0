using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>What Argo CD would say of an object, by the scripts that are shipped and a real interpreter that is given no library, as there.</summary>
internal static class LuaHealth
{
    private static readonly JsonObject Scripts = YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "argocd", "argocd-cm.yaml"))[0]!["data"]!.AsObject();

    /// <summary>Status and message.</summary>
    public static (string Status, string Message) Of(JsonObject entity)
    {
        var script = (string)Scripts[$"resource.customizations.health.mcpoperator.io_{entity["kind"]}"]!;
        var folder = Directory.CreateTempSubdirectory("health-");
        try
        {
            var (health, run) = (Path.Combine(folder.FullName, "health.lua"), Path.Combine(folder.FullName, "run.lua"));
            File.WriteAllText(health, script);
            File.WriteAllText(run, $$"""
                local obj = {{Literal(entity)}}
                local check = assert(loadfile("{{health}}", "t", { obj = obj, ipairs = ipairs, pairs = pairs, type = type, tostring = tostring }))
                local hs = check()
                io.write(hs.status, "\n", hs.message or "")
                """);
            var said = DeliveryTools.Run("lua", run).Split('\n', 2);
            return (said[0], said[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Literal(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Concat(map.Where(f => f.Value is not null).Select(f => $"[{Literal(f.Key)}]={Literal(f.Value)},")) + "}",
        JsonArray list => "{" + string.Concat(list.Select(i => Literal(i) + ",")) + "}",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Literal(value.GetValue<string>()),
        null => "nil",
        _ => node.ToJsonString(),
    };

    private static string Literal(string text) =>
        "\"" + string.Concat(Encoding.UTF8.GetBytes(text).Select(b => string.Create(CultureInfo.InvariantCulture, $"\\{b:000}"))) + "\"";
}
