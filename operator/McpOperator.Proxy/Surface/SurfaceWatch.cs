using System.Collections.Concurrent;
using McpOperator.Proxy.Policies;

namespace McpOperator.Proxy.Surface;

/// <summary>
/// What the server says of its tools, held against what was approved. A tool that says something else is withheld: it is neither listed nor
/// called, and the difference is logged and counted.
/// </summary>
internal sealed class SurfaceWatch(TimeProvider time, ILogger<SurfaceWatch> log)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, string> _withheld = new(StringComparer.Ordinal);
    private volatile ObservedSurface? _current;
    private volatile ObservedSurface? _first;
    private volatile Judged? _judged;

    /// <summary>The newest observation; nothing before the first.</summary>
    public ObservedSurface? Current => _current;

    /// <summary>Tools that are withheld, with what differs.</summary>
    public IReadOnlyDictionary<string, string> Withheld => _withheld;

    /// <summary>Somebody saw that the list is another one: it has to be read again.</summary>
    public event Action? Stale;

    /// <summary>Takes the whole list, as the proxy read it itself.</summary>
    public void Observe(IReadOnlyList<ToolDefinition> tools, PolicySnapshot? policy)
    {
        var observed = new ObservedSurface(tools, time.GetUtcNow());
        lock (_lock)
        {
            _first ??= observed;
            _current = observed;
        }

        if (policy is not null)
        {
            JudgeAll(policy);
        }
    }

    /// <summary>Judges again, because the policy is another one.</summary>
    public void JudgeAll(PolicySnapshot policy)
    {
        if (_current is not { } observed)
        {
            return;
        }

        foreach (var gone in _withheld.Keys.Where(name => !observed.Names.Contains(name)).ToList())
        {
            _withheld.TryRemove(gone, out _);
        }

        var approval = ApprovalOf(policy);
        foreach (var tool in observed.Tools)
        {
            Note(tool, approval.Difference(tool));
        }
    }

    /// <summary>Whether a tool in a list that passes by is as approved.</summary>
    public bool IsApproved(PolicySnapshot policy, ToolDefinition tool)
    {
        var difference = ApprovalOf(policy).Difference(tool);
        if (Note(tool, difference))
        {
            ListChanged();
        }

        return difference is null;
    }

    /// <summary>Whether calls of a tool do not reach the server: it is not as approved, or the server does not have it.</summary>
    public bool IsWithheld(PolicySnapshot policy, string ownName)
    {
        if (_judged?.Policy != policy)
        {
            JudgeAll(policy);
        }

        return _withheld.ContainsKey(ownName) || _current?.Names.Contains(ownName) == false;
    }

    /// <summary>A server said that its list of tools is another one.</summary>
    public void ListChanged() => Stale?.Invoke();

    private ToolApproval ApprovalOf(PolicySnapshot policy)
    {
        var (judged, first) = (_judged, _first);
        if (judged?.Policy != policy || judged.First != first)
        {
            _judged = judged = new(policy, first, new(policy.Document.Tools, first?.Tools ?? []));
        }

        return judged.Approval;
    }

    /// <returns>Whether this is news.</returns>
    private bool Note(ToolDefinition tool, string? difference)
    {
        if (difference is null)
        {
            return _withheld.TryRemove(tool.Name, out _);
        }

        if (_withheld.TryGetValue(tool.Name, out var known) && known == difference)
        {
            return false;
        }

        _withheld[tool.Name] = difference;
        log.LogWarning("Tool {Tool} is withheld: {Difference}", tool.Name, difference);
        return true;
    }

    private sealed record Judged(PolicySnapshot Policy, ObservedSurface? First, ToolApproval Approval);
}
