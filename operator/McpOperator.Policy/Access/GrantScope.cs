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
            .Where(tool => compiled.Ask(Trusted(tool.ShownName, tool.Tool)).Answer == GrantAnswer.Allowed)
            .Select(tool => tool.ShownName);
    }

    /// <summary>What a grant by itself says about each tool, in words, in a session whose user trusts the agent fully.</summary>
    public static IEnumerable<GrantedTool> Explain(GrantEntry grant, ToolTable tools)
    {
        var compiled = new CompiledGrant(grant);
        foreach (var (shownName, tool) in tools.Shown())
        {
            var verdict = compiled.Ask(Trusted(shownName, tool));
            yield return new(shownName, tool, verdict.RequiredTrust, verdict.Answer switch
            {
                GrantAnswer.Allowed => "allowed",
                GrantAnswer.Denied => $"denied by rule '{verdict.Rule}'",
                GrantAnswer.NotCovered => "not spoken of",
                GrantAnswer.SideEffectNotAllowed => "its side effect is not allowed",
                _ => "requires more trust than the grant gives",
            });
        }
    }

    private static GrantQuestion Trusted(string shownName, ToolFacts tool) => new(shownName, tool.SideEffect, tool.RequiredTrust, TrustLevel.High);

    /// <summary>Whether a rule speaks of any tool that the server shows.</summary>
    public static bool IsOfAny(ToolRule rule, ToolTable tools) => tools.Shown().Any(tool => Glob.IsMatch(rule.Name, tool.ShownName));
}

/// <summary>What a grant says about one tool.</summary>
/// <param name="ShownName">The name under which callers see the tool.</param>
/// <param name="Tool">The tool.</param>
/// <param name="Required">How far a caller has to be trusted under this grant.</param>
/// <param name="Answer">What the grant says, in words.</param>
public sealed record GrantedTool(string ShownName, ToolFacts Tool, TrustLevel Required, string Answer);
