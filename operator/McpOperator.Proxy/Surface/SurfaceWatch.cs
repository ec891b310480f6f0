using System.Collections.Concurrent;
using McpOperator.Proxy.Policies;

namespace McpOperator.Proxy.Surface;

/// <summary>
/// What the server says of its tools, held against what was approved. A tool that says something else is withheld: it is neither listed nor
/// called, and the difference is logged and counted. What the server tells the proxy holds for everybody; what it tells one session holds for
/// that session, because another may be another process.
/// </summary>
internal sealed class SurfaceWatch(TimeProvider time, ILogger<SurfaceWatch> log)
{
    private const int MostNotes = 4096;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, string> _withheld = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Session, string Tool), string> _inSessions = [];
    private volatile ObservedSurface? _current;
    private volatile ObservedSurface? _first;
    private volatile Judged? _judged;

    /// <summary>The newest observation; nothing before the first.</summary>
    public ObservedSurface? Current => _current;

    /// <summary>Tools that are withheld, with what differs.</summary>
    public IReadOnlyDictionary<string, string> Withheld
    {
        get
        {
            var all = new Dictionary<string, string>(_withheld, StringComparer.Ordinal);
            foreach (var ((_, tool), difference) in _inSessions)
            {
                all.TryAdd(tool, difference);
            }

            return all;
        }
    }

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
            Note(_withheld, tool.Name, tool, approval.Difference(tool));
        }
    }

    /// <summary>Whether a tool in a list that passes by is as approved.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="session">Whose list it is; nothing where there are no sessions.</param>
    public bool IsApproved(PolicySnapshot policy, ToolDefinition tool, string? session)
    {
        var difference = ApprovalOf(policy).Difference(tool);
        if (difference is not null && _inSessions.Count >= MostNotes)
        {
            // No more room: then it holds for everybody, until the server itself is asked again.
            Note(_withheld, tool.Name, tool, difference);
        }
        else if (Note(_inSessions, (session ?? "", tool.Name), tool, difference) || (difference is null && _withheld.ContainsKey(tool.Name)))
        {
            ListChanged();
        }

        return difference is null;
    }

    /// <summary>Whether calls of a tool do not reach the server: it is not as approved, or the server does not have it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="ownName">The server's own name of it.</param>
    /// <param name="session">Who calls; nothing where there are no sessions.</param>
    public bool IsWithheld(PolicySnapshot policy, string ownName, string? session)
    {
        if (_judged?.Policy != policy)
        {
            JudgeAll(policy);
        }

        return _withheld.ContainsKey(ownName) || _inSessions.ContainsKey((session ?? "", ownName)) || _current?.Names.Contains(ownName) == false;
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
    private bool Note<TKey>(ConcurrentDictionary<TKey, string> notes, TKey key, ToolDefinition tool, string? difference) where TKey : notnull
    {
        if (difference is null)
        {
            return notes.TryRemove(key, out _);
        }

        if (notes.TryGetValue(key, out var known) && known == difference)
        {
            return false;
        }

        notes[key] = difference;
        log.LogWarning("Tool {Tool} is withheld: {Difference}", tool.Name, difference);
        return true;
    }

    private sealed record Judged(PolicySnapshot Policy, ObservedSurface? First, ToolApproval Approval);
}
