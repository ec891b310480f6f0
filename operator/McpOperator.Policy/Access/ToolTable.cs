using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>What the decision has to know of a tool.</summary>
/// <param name="Name">The server's own name.</param>
/// <param name="Scopes">The scopes that a token needs, if any.</param>
/// <param name="SideEffect">What a call can do to the world.</param>
/// <param name="RequiredTrust">How far a caller must be trusted.</param>
/// <param name="IsDeclared">Whether somebody declared it; one that nobody did counts as the worst.</param>
public sealed record ToolFacts(string Name, IReadOnlyList<string> Scopes, SideEffect SideEffect, TrustLevel RequiredTrust, bool IsDeclared);

/// <summary>The tools that callers see, by the names under which they see them. Built once for each policy document.</summary>
public sealed class ToolTable
{
    private readonly Dictionary<string, ToolFacts> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ownNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _renamed = new(StringComparer.Ordinal);
    private readonly HashSet<string>? _filter;
    private readonly bool _onlyDeclared;

    /// <summary>Builds the table.</summary>
    public ToolTable(ToolPolicy tools)
    {
        Closed = tools.Closed;
        _filter = tools.Closed is null ? tools.Filter?.ToHashSet(StringComparer.Ordinal) : [];
        _onlyDeclared = tools.Declared is not null;
        foreach (var rewrite in tools.Overrides ?? [])
        {
            if (rewrite.Name is { } name && name != rewrite.Tool)
            {
                _ownNames[name] = rewrite.Tool;
                _renamed.Add(rewrite.Tool);
            }
        }

        foreach (var tool in tools.Declared ?? [])
        {
            _declared[tool.Name] = new(tool.Name, tool.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [], tool.SideEffect, tool.RequiredTrust, true);
        }
    }

    /// <summary>Why no tool is shown, if that is so.</summary>
    public string? Closed { get; }

    /// <summary>
    /// Finds a tool by the name under which callers see it. A name that an override has taken away leads nowhere. Where the server declares no
    /// tools, any name may be one; such a tool counts as destructive and needs the highest trust.
    /// </summary>
    /// <returns>Nothing when there is no such tool, or when it is not shown.</returns>
    public ToolFacts? Find(string shownName)
    {
        var own = _ownNames.GetValueOrDefault(shownName);
        if (own is null && _renamed.Contains(shownName))
        {
            return null;
        }

        own ??= shownName;
        if (_filter?.Contains(own) == false)
        {
            return null;
        }

        return _declared.GetValueOrDefault(own) ?? (_onlyDeclared ? null : new ToolFacts(own, [], SideEffect.Destructive, TrustLevel.High, false));
    }

    /// <summary>The declared tools that callers see, by the names under which they see them.</summary>
    public IEnumerable<(string ShownName, ToolFacts Tool)> Shown()
    {
        var shownNames = _ownNames.ToDictionary(names => names.Value, names => names.Key, StringComparer.Ordinal);
        return _declared.Values.Where(tool => _filter?.Contains(tool.Name) != false).Select(tool => (shownNames.GetValueOrDefault(tool.Name) ?? tool.Name, tool));
    }
}
