using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>The words under which tools are shown, by the server's own names.</summary>
internal sealed class ToolRewrites(ToolPolicy tools)
{
    private readonly Dictionary<string, ToolRewrite> _byTool = (tools.Overrides ?? []).ToDictionary(rewrite => rewrite.Tool, StringComparer.Ordinal);

    /// <summary>Other words for a tool, if there are any.</summary>
    public ToolRewrite? Of(string ownName) => _byTool.GetValueOrDefault(ownName);

    /// <summary>The name under which a tool is shown.</summary>
    public string ShownName(string ownName) => Of(ownName)?.Name ?? ownName;
}
