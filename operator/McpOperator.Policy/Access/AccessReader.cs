using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpOperator.Policy;

/// <summary>What a shard holds.</summary>
public enum AccessPart
{
    /// <summary>Grants.</summary>
    Grants,

    /// <summary>Sessions.</summary>
    Sessions,
}

/// <summary>A shard's place: ConfigMap <c>&lt;n&gt;-mcp-grants-&lt;k&gt;</c> or <c>&lt;n&gt;-mcp-sessions-&lt;k&gt;</c>.</summary>
/// <param name="Part">What it holds.</param>
/// <param name="Number">Its number.</param>
public readonly record struct ShardPlace(AccessPart Part, int Number);

/// <summary>
/// Puts a whole set together from an index and shards that arrive one by one and may be of different times. A shard counts only with exactly
/// the content that the index names; what is older or newer is as good as missing. Keeps what it has read, so that a change of one shard is a
/// read of one. Not for use by several threads.
/// </summary>
/// <param name="ns">The server's namespace.</param>
/// <param name="server">The server's name.</param>
public sealed class AccessReader(string ns, string server)
{
    private AccessIndex? _index;
    private string _revision = "";
    private (string Revision, AccessShard Shard)?[] _grants = [];
    private (string Revision, AccessShard Shard)?[] _sessions = [];
    private AccessTable? _built;

    /// <summary>The revision of the index that was read last; empty before.</summary>
    public string Revision => _revision;

    /// <summary>The shards that the index names and that have not been read with the content it names.</summary>
    public IReadOnlyList<ShardPlace> Missing => _index is null ? [] :
    [
        .. _index.Grants.Select((revision, i) => (revision, i)).Where(s => _grants[s.i]?.Revision != s.revision).Select(s => new ShardPlace(AccessPart.Grants, s.i)),
        .. _index.Sessions.Select((revision, i) => (revision, i)).Where(s => _sessions[s.i]?.Revision != s.revision).Select(s => new ShardPlace(AccessPart.Sessions, s.i)),
    ];

    /// <summary>Takes an index.</summary>
    /// <returns>Why it cannot be used, so that the one before it stays; nothing when all is well.</returns>
    public string? ReadIndex(string text)
    {
        if (Parse(text, PolicyJson.Default.AccessIndex, out var problem) is not { } index)
        {
            return problem;
        }

        if (index.Schema != AccessIndex.CurrentSchema)
        {
            return $"its schema is '{index.Schema}', and this proxy knows '{AccessIndex.CurrentSchema}'";
        }

        if (index.Namespace != ns || index.Server != server)
        {
            return $"it is of server {index.Namespace}/{index.Server}, not of {ns}/{server}";
        }

        if (!AccessShards.IsCount(index.Grants.Count, AccessShards.MostGrantShards) || !AccessShards.IsCount(index.Sessions.Count, AccessShards.MostSessionShards))
        {
            return $"there cannot be {index.Grants.Count} shards of grants and {index.Sessions.Count} of sessions";
        }

        _index = index;
        _revision = AccessShards.RevisionOf(text);
        Array.Resize(ref _grants, index.Grants.Count);
        Array.Resize(ref _sessions, index.Sessions.Count);
        return null;
    }

    /// <summary>Takes a shard.</summary>
    /// <returns>Why it does not count (yet); nothing when it does.</returns>
    public string? ReadShard(ShardPlace place, string text)
    {
        var (revisions, shards) = place.Part == AccessPart.Grants ? (_index?.Grants ?? [], _grants) : (_index?.Sessions ?? [], _sessions);
        if (place.Number >= revisions.Count)
        {
            return "the index does not name it";
        }

        var revision = AccessShards.RevisionOf(text);
        if (revision != revisions[place.Number])
        {
            return $"it is of revision {revision}, and the index names {revisions[place.Number]}";
        }

        if (Parse(text, PolicyJson.Default.AccessShard, out var problem) is not { } shard)
        {
            return problem;
        }

        if (shard.Schema != AccessIndex.CurrentSchema)
        {
            return $"its schema is '{shard.Schema}', and this proxy knows '{AccessIndex.CurrentSchema}'";
        }

        shards[place.Number] = (revision, shard);
        return null;
    }

    /// <summary>
    /// Builds the table of what was read. Shards that are missing close their part: without all grants every call is refused, without some
    /// sessions those that would lie there.
    /// </summary>
    /// <exception cref="InvalidOperationException">No index has been read.</exception>
    public AccessTable Build(DateTimeOffset now)
    {
        var index = _index ?? throw new InvalidOperationException("no index has been read");
        return _built = new AccessTable(index, Current(_grants, index.Grants), Current(_sessions, index.Sessions), _built, now);
    }

    private static AccessShard?[] Current((string Revision, AccessShard Shard)?[] shards, IReadOnlyList<string> revisions) =>
        [.. revisions.Select((revision, i) => shards[i] is { } read && read.Revision == revision ? read.Shard : null)];

    private static T? Parse<T>(string text, JsonTypeInfo<T> type, out string? problem) where T : class
    {
        try
        {
            problem = "it is empty";
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException e)
        {
            problem = $"it cannot be read: {e.Message}";
            return null;
        }
    }
}
