using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Policy;

/// <summary>Turns grants and sessions into what the proxy reads.</summary>
public static class AccessCompiler
{
    /// <summary>Most sessions that one server's proxy is told of.</summary>
    public const int MostSessions = 10_000;

    /// <summary>Compiles all grants and sessions of one server.</summary>
    /// <param name="ns">The server's namespace. Grants and sessions of others are without effect, whatever they name.</param>
    /// <param name="server">The server's name.</param>
    /// <param name="url">The server's address, once it is known.</param>
    /// <param name="grants">Grants that follow the rules of admission. One that is being deleted counts no more, whatever holds it back.</param>
    /// <param name="sessions">Sessions that follow the rules of admission. Of those that are being deleted only revoked ones count.</param>
    /// <param name="before">What was compiled last: it keeps entries in their shards and revoked sessions revoked.</param>
    /// <param name="now">The time; what has ended is left out.</param>
    public static CompiledAccess Compile(
        string ns, string server, string? url, IReadOnlyCollection<MCPAccessGrant> grants, IReadOnlyCollection<MCPAgentSession> sessions, AccessMemory before, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var rankedGrants = grants.Where(grant => IsOf(grant.Metadata.NamespaceProperty, grant.Spec.ServerRef) && !grant.Spec.Disabled && !IsGoing(grant))
            .OrderBy(grant => Forbids(grant.Spec) ? 0 : 1).ThenBy(grant => grant.Metadata.CreationTimestamp).ThenBy(grant => grant.Metadata.Name, StringComparer.Ordinal)
            .Select(EntryOf).Where(grant => !AccessTime.HasEnded(grant.Expires, seconds)).ToList();
        var (grantShards, grantsLeftOut) = AccessShards.Cut(
            rankedGrants, grant => grant.Name, entries => Shard() with { Grants = entries }, before.GrantShards, AccessShards.MostGrantShards);

        var (rankedSessions, sessionsBeyond) = Rank(
            sessions.Where(session => IsOf(session.Metadata.NamespaceProperty, session.Spec.ServerRef) && (session.Spec.Revoked || !IsGoing(session))), before.Revoked, seconds);
        var (sessionShards, sessionsLeftOut) = AccessShards.Cut(
            rankedSessions, session => session.Name, entries => Shard() with { Sessions = entries }, before.SessionShards, AccessShards.MostSessionShards);

        return new CompiledAccess
        {
            Index = new AccessIndex
            {
                Schema = AccessIndex.CurrentSchema,
                Namespace = ns,
                Server = server,
                Url = url,
                Closed = grantsLeftOut.FirstOrDefault(Forbids) is { } lost
                    ? $"MCPAccessGrant '{lost.Name}' forbids tools and does not fit into the server's policy; delete or merge grants. Until then every call is refused."
                    : null,
                Grants = [.. grantShards.Select(shard => shard.Revision)],
                Sessions = [.. sessionShards.Select(shard => shard.Revision)],
            },
            Grants = grantShards,
            Sessions = sessionShards,
            Carried = new(
                GenerationsOf(grants, rankedGrants.Except(grantsLeftOut).Select(grant => grant.Name)),
                GenerationsOf(sessions, rankedSessions.Except(sessionsLeftOut).Select(session => session.Name))),
            LeftOut = new(
                grantsLeftOut.Select(grant => grant.Name).ToHashSet(StringComparer.Ordinal),
                sessionsLeftOut.Concat(sessionsBeyond).Select(session => session.Name).ToHashSet(StringComparer.Ordinal)),
            Revoked = rankedSessions.Where(session => session.Revoked).ToDictionary(session => session.Name, StringComparer.Ordinal),
        };

        bool IsOf(string? itsNamespace, LocalReference reference) => itsNamespace == ns && reference.Name == server;
    }

    /// <summary>The grant as the proxy reads it.</summary>
    public static GrantEntry EntryOf(MCPAccessGrant grant) => new()
    {
        Name = grant.Metadata.Name,
        Subjects = grant.Spec.Subjects,
        MaxTrust = grant.Spec.MaxTrust,
        SideEffects = grant.Spec.AllowedSideEffects,
        Rules = grant.Spec.ToolRules is { Count: > 0 } rules ? rules : null,
        Expires = grant.Spec.ExpiresAt is { } end ? AccessTime.Seconds(end) : null,
    };

    /// <summary>The session as the proxy reads it.</summary>
    public static SessionEntry EntryOf(MCPAgentSession session) => new()
    {
        Name = session.Metadata.Name,
        User = session.Spec.Subject.User,
        Agent = session.Spec.Subject.Agent,
        Trust = session.Spec.ConsentedTrust,
        Expires = AccessTime.Seconds(session.Spec.ExpiresAt),
        Revoked = session.Spec.Revoked,
    };

    /// <summary>
    /// Revoked sessions first, because forgetting one could bring it back; then the oldest. A session that was revoked stays in the policy
    /// until its end even if its object is deleted, and also if a new one is made under its name.
    /// </summary>
    private static (List<SessionEntry> Ranked, List<SessionEntry> Beyond) Rank(
        IEnumerable<MCPAgentSession> sessions, IReadOnlyDictionary<string, SessionEntry> revokedBefore, long now)
    {
        var live = sessions
            .OrderBy(session => session.Metadata.CreationTimestamp).ThenBy(session => session.Metadata.Name, StringComparer.Ordinal)
            .Select(EntryOf).Where(session => !AccessTime.HasEnded(session.Expires, now));
        var kept = revokedBefore.Values.Where(session => !AccessTime.HasEnded(session.Expires, now)).ToDictionary(session => session.Name, StringComparer.Ordinal);
        var open = new List<SessionEntry>();
        foreach (var session in live)
        {
            if (session.Revoked)
            {
                kept[session.Name] = session;
            }
            else if (!kept.ContainsKey(session.Name))
            {
                open.Add(session);
            }
        }

        var ranked = kept.Values.OrderBy(session => session.Name, StringComparer.Ordinal).Concat(open).ToList();
        return ranked.Count <= MostSessions ? (ranked, []) : (ranked[..MostSessions], ranked[MostSessions..]);
    }

    /// <summary>Which version of each object is carried; a revoked session whose object is gone has none.</summary>
    private static Dictionary<string, long?> GenerationsOf<T>(IEnumerable<T> objects, IEnumerable<string> carried) where T : KubernetesEntity
    {
        var generations = carried.ToDictionary(name => name, _ => (long?)null, StringComparer.Ordinal);
        foreach (var item in objects)
        {
            if (generations.ContainsKey(item.Metadata.Name))
            {
                generations[item.Metadata.Name] = item.Metadata.Generation;
            }
        }

        return generations;
    }

    private static bool IsGoing(KubernetesEntity entity) => entity.Metadata.DeletionTimestamp is not null;

    private static bool Forbids(MCPAccessGrantSpec grant) => grant.ToolRules?.Any(rule => rule.Decision == Decision.Deny) == true;

    private static bool Forbids(GrantEntry grant) => grant.Rules?.Any(rule => rule.Decision == Decision.Deny) == true;

    private static AccessShard Shard() => new() { Schema = AccessIndex.CurrentSchema };
}

/// <summary>All grants and sessions of one server, as they are written.</summary>
public sealed record CompiledAccess
{
    /// <summary>Names the shards.</summary>
    public required AccessIndex Index { get; init; }

    /// <summary>The shards with grants, by their number.</summary>
    public required IReadOnlyList<CompiledShard> Grants { get; init; }

    /// <summary>The shards with sessions, by their number.</summary>
    public required IReadOnlyList<CompiledShard> Sessions { get; init; }

    /// <summary>Which grants and sessions stand in the shards.</summary>
    public required CarriedObjects Carried { get; init; }

    /// <summary>Those for which there is no room.</summary>
    public required LeftOutObjects LeftOut { get; init; }

    /// <summary>The revoked sessions that have not ended, by name; some may have no object any more.</summary>
    public required IReadOnlyDictionary<string, SessionEntry> Revoked { get; init; }

    /// <summary>What the next compilation has to know of this one.</summary>
    public AccessMemory Memory => new(Grants.Count, Sessions.Count, Revoked);

    /// <summary>The index as JSON.</summary>
    public string IndexText => JsonSerializer.Serialize(Index, PolicyJson.Default.AccessIndex);

    /// <summary>The name of the whole content. Equal content, equal revision.</summary>
    public string Revision => AccessShards.RevisionOf(IndexText);
}

/// <summary>What one compilation knows of the one before it.</summary>
/// <param name="GrantShards">How many shards of grants there were.</param>
/// <param name="SessionShards">How many shards of sessions there were.</param>
/// <param name="Revoked">The sessions that were revoked, by name.</param>
public sealed record AccessMemory(int GrantShards, int SessionShards, IReadOnlyDictionary<string, SessionEntry> Revoked)
{
    /// <summary>There was none.</summary>
    public static AccessMemory None { get; } = new(0, 0, new Dictionary<string, SessionEntry>());

    /// <summary>Reads back what stands in the cluster. What cannot be read is passed over: it is about to be written anew.</summary>
    /// <param name="index">The index' text.</param>
    /// <param name="shards">The shards' texts.</param>
    public static AccessMemory Read(string? index, IEnumerable<string> shards)
    {
        var counts = TryRead(index, PolicyJson.Default.AccessIndex);
        var revoked = new Dictionary<string, SessionEntry>(StringComparer.Ordinal);
        foreach (var session in shards.SelectMany(text => TryRead(text, PolicyJson.Default.AccessShard)?.Sessions ?? []).Where(session => session.Revoked))
        {
            revoked[session.Name] = session;
        }

        return new(counts?.Grants.Count ?? 0, counts?.Sessions.Count ?? 0, revoked);
    }

    private static T? TryRead<T>(string? text, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Which grants and sessions stand in the shards, by name, with the generation of the object; nothing for one whose object is gone.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Sessions">The sessions.</param>
public sealed record CarriedObjects(IReadOnlyDictionary<string, long?> Grants, IReadOnlyDictionary<string, long?> Sessions)
{
    /// <summary>None.</summary>
    public static CarriedObjects None { get; } = new(new Dictionary<string, long?>(), new Dictionary<string, long?>());
}

/// <summary>Grants and sessions, by name, for which there is no room.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Sessions">The sessions.</param>
public sealed record LeftOutObjects(IReadOnlySet<string> Grants, IReadOnlySet<string> Sessions);
