using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>What a grant amounts to, apart from who calls.</summary>
public static class GrantScope
{
    /// <summary>The tools that a grant by itself lets its subjects call, in a session whose user trusts the agent fully.</summary>
    public static IEnumerable<string> ToolsOf(GrantEntry grant, ToolTable tools)
    {
        var compiled = new CompiledGrant(grant);
        return tools.Shown()
            .Where(tool => compiled.Ask(tool.ShownName, tool.Tool, TrustLevel.High, out _, out _) == GrantAnswer.Allowed)
            .Select(tool => tool.ShownName);
    }

    /// <summary>Whether a rule speaks of any tool that the server shows.</summary>
    public static bool IsOfAny(ToolRule rule, ToolTable tools) => tools.Shown().Any(tool => Glob.IsMatch(rule.Name, tool.ShownName));
}
