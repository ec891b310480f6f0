using System.Text.Json.Nodes;

namespace McpOperator.Cli.Convert;

/// <summary>
/// ToolHive's <c>MCPToolConfig</c>. Its filter matches the names that clients see, ours the server's own; and its empty filter lets
/// everything through, ours nothing.
/// </summary>
internal static class ToolHiveToolConfig
{
    public static JsonObject Convert(Fields spec, string? ns)
    {
        var made = new JsonObject();
        var overrides = Overrides(spec);
        var renamed = overrides.Where(o => o.Value!["name"] is { } name && name.ToString().Length > 0 && name.ToString() != o.Key).ToDictionary(o => o.Key, o => o.Value!["name"]!.ToString());
        var own = renamed.GroupBy(r => r.Value).ToDictionary(g => g.Key, g => g.First().Key);
        var filter = spec.Texts("toolsFilter");
        if (filter is { Count: 0 })
        {
            spec.Note("toolsFilter", "is empty, which there means all tools; here that is said by leaving it out.");
        }
        else if (filter is not null)
        {
            var kept = new List<string>();
            foreach (var name in filter)
            {
                if (own.TryGetValue(name, out var server))
                {
                    spec.Note("toolsFilter", $"{name} is what clients call the server's own {server}, and filters name the server's own.");
                    kept.Add(server);
                }
                else if (renamed.TryGetValue(name, out var clients))
                {
                    spec.Note("toolsFilter", $"{name} is left out: clients saw that tool as {clients}, which the filter did not name, so it was hidden.");
                }
                else
                {
                    kept.Add(name);
                }
            }

            made["toolsFilter"] = new JsonArray([.. kept.Distinct().Select(n => JsonValue.Create(n))]);
            foreach (var hidden in overrides.Select(o => o.Key).Where(k => !kept.Contains(k)).ToList())
            {
                spec.Note("toolsOverride", $"{hidden} is left out: its tool is hidden by the filter.");
                overrides.Remove(hidden);
            }
        }

        if (overrides.Count > 0)
        {
            made["toolsOverride"] = overrides;
        }

        return made;
    }

    private static JsonObject Overrides(Fields spec)
    {
        var given = spec.Same("toolsOverride");
        if (given is JsonObject map && map.All(o => o.Value is JsonObject))
        {
            return map;
        }

        if (given is not null)
        {
            spec.Problem("toolsOverride", "must be a mapping of tools to {name, description, annotations}");
        }

        return [];
    }
}
