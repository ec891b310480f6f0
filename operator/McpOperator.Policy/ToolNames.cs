using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>The names that tools have after a tool configuration.</summary>
public static class ToolNames
{
    /// <summary>
    /// Whether two tools would end with one name, as far as is known: two overrides with one new name, or a new name that another tool
    /// bears which is shown. Clients could then not tell which of the two they call (ToolHive lists both).
    /// </summary>
    /// <param name="config">The configuration. The tools that its filter and its overrides name are known to exist.</param>
    /// <param name="declared">The tools that a server declares, which exist as well.</param>
    /// <returns>The field, the reason and the fix; nothing when all is well.</returns>
    public static string? CollisionIn(MCPToolConfigSpec config, IReadOnlyList<ToolDeclaration>? declared = null)
    {
        var overrides = config.ToolsOverride ?? new Dictionary<string, ToolOverride>();
        var known = (config.ToolsFilter ?? [.. overrides.Keys, .. (declared ?? []).Select(tool => tool.Name)]).ToHashSet(StringComparer.Ordinal);
        var taken = known.Where(tool => overrides.GetValueOrDefault(tool)?.Name is null).ToDictionary(tool => tool, StringComparer.Ordinal);
        foreach (var (tool, other) in overrides.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            if (other.Name is { } name && known.Contains(tool) && !taken.TryAdd(name, tool))
            {
                return $"spec.toolsOverride[{tool}].name: '{name}' is already the name of tool '{taken[name]}'; choose another name.";
            }
        }

        return null;
    }
}
