using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// All grants and sessions of one server in the form in which every call asks for them: grants by whom they are for, sessions by name. Never
/// changes; a new set of shards makes a new table.
/// </summary>
public sealed class AccessTable
{
    private readonly Dictionary<string, List<Claimant>> _byUser = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Claimant>> _byAgent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Claimant>> _byGroup = new(StringComparer.Ordinal);
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
        foreach (var entry in grants.SelectMany(shard => shard?.Grants ?? []))
        {
            var grant = new CompiledGrant(entry);
            foreach (var subject in entry.Subjects)
            {
                File(grant, subject);
            }
        }

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

    /// <summary>Finds a session by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isMissing">Whether the shard in which it would lie is missing, so that nobody knows.</param>
    internal SessionEntry? FindSession(string name, out bool isMissing)
    {
        var session = _sessions.GetValueOrDefault(name);
        isMissing = session is null && _missingSessions.Length > 0 && _missingSessions[AccessShards.Of(name, _missingSessions.Length)];
        return session;
    }

    /// <summary>The lists in which grants for a caller stand, at most one for each of the caller's names.</summary>
    internal List<Claimant>? ForUser(string? user) => user is null ? null : _byUser.GetValueOrDefault(user);

    /// <summary>See <see cref="ForUser"/>.</summary>
    internal List<Claimant>? ForAgent(string? agent) => agent is null ? null : _byAgent.GetValueOrDefault(agent);

    /// <summary>See <see cref="ForUser"/>.</summary>
    internal List<Claimant>? ForGroup(string group) => _byGroup.GetValueOrDefault(group);

    /// <summary>Each subject is filed under the one of its names that fewest callers share.</summary>
    private void File(CompiledGrant grant, GrantSubject subject)
    {
        var (list, name) = subject switch
        {
            { User: { Length: > 0 } user } => (_byUser, user),
            { Agent: { Length: > 0 } agent } => (_byAgent, agent),
            { Group: { Length: > 0 } group } => (_byGroup, group),
            _ => (null, ""),
        };
        if (list is null)
        {
            return;
        }

        if (!list.TryGetValue(name, out var claimants))
        {
            list[name] = claimants = [];
        }

        claimants.Add(new(grant, subject));
    }

    /// <summary>A grant, and one of those whom it is for.</summary>
    internal readonly record struct Claimant(CompiledGrant Grant, GrantSubject Subject)
    {
        /// <summary>Everything that the subject names has to be the caller's.</summary>
        public bool Is(Caller caller) =>
            (string.IsNullOrEmpty(Subject.User) || Subject.User == caller.User)
            && (string.IsNullOrEmpty(Subject.Agent) || Subject.Agent == caller.Agent)
            && (string.IsNullOrEmpty(Subject.Group) || caller.Groups.Contains(Subject.Group));
    }
}
