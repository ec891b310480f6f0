namespace McpOperator.Policy;

/// <summary>
/// All grants and sessions of one server in the form in which every call asks for them: grants by whom they are for, sessions by name. Never
/// changes; a new set of shards makes a new table.
/// </summary>
public sealed class AccessTable
{
    private readonly Dictionary<string, SessionEntry> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SessionEntry> _revoked = new(StringComparer.Ordinal);
    private readonly bool[] _missingSessions;

    /// <summary>Builds a table of shards.</summary>
    /// <param name="index">Names the shards.</param>
    /// <param name="grants">The shards with grants, by their number; nothing stands for one that is missing.</param>
    /// <param name="sessions">The shards with sessions, by their number; nothing stands for one that is missing.</param>
    /// <param name="before">The table so far: a session that was revoked there stays so until its end, whatever the shards say.</param>
    /// <param name="now">The time.</param>
    public AccessTable(AccessIndex index, IReadOnlyList<AccessShard?> grants, IReadOnlyList<AccessShard?> sessions, AccessTable? before, DateTimeOffset now)
    {
        Index = index;
        Problem = index.Closed ?? (grants.Any(shard => shard is null) ? "Some grants are not known yet, and they could forbid the call; try again in a moment." : null);
        // Sessions change more often, and a table of grants knows answers.
        Grants = before is not null && before.Grants.Shards.SequenceEqual(grants, ReferenceEqualityComparer.Instance) ? before.Grants : new GrantTable(grants);
        _missingSessions = [.. sessions.Select(shard => shard is null)];
        _sessions.EnsureCapacity(sessions.Sum(shard => shard?.Sessions?.Count ?? 0));
        foreach (var session in sessions.SelectMany(shard => shard?.Sessions ?? []))
        {
            _sessions[session.Name] = session;
            if (session.Revoked)
            {
                _revoked[session.Name] = session;
            }
        }

        foreach (var (name, session) in before?._revoked ?? [])
        {
            if (!AccessTime.HasEnded(session.Expires, now.ToUnixTimeSeconds()) && _revoked.TryAdd(name, session))
            {
                _sessions[name] = session;
            }
        }
    }

    /// <summary>A table of nothing, for a server of which no grant and no session is known to exist.</summary>
    public static AccessTable Empty { get; } = new(new() { Schema = AccessIndex.CurrentSchema, Namespace = "", Server = "", Grants = [], Sessions = [] }, [], [], null, DateTimeOffset.UnixEpoch);

    /// <summary>Nothing is known yet: nobody may call.</summary>
    public static AccessTable Unknown { get; } = new(
        new() { Schema = AccessIndex.CurrentSchema, Namespace = "", Server = "", Grants = [], Sessions = [], Closed = "Grants and sessions have not been read yet; try again in a moment." }, [], [], null, DateTimeOffset.UnixEpoch);

    /// <summary>The index from which the table was built.</summary>
    public AccessIndex Index { get; }

    /// <summary>Why no call may be judged by this table, if that is so.</summary>
    public string? Problem { get; }

    /// <summary>How many sessions there are.</summary>
    public int Sessions => _sessions.Count;

    /// <summary>The grants.</summary>
    internal GrantTable Grants { get; }

    /// <summary>Finds a session by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isMissing">Whether the shard in which it would lie is missing, so that nobody knows.</param>
    internal SessionEntry? FindSession(string name, out bool isMissing)
    {
        var session = _sessions.GetValueOrDefault(name);
        isMissing = session is null && _missingSessions.Length > 0 && _missingSessions[AccessShards.Of(name, _missingSessions.Length)];
        return session;
    }
}
