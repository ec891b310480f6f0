using System.Text.Json.Serialization;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// Names the shards that together are all grants and sessions of one server. It is written after them: a reader that holds shards of
/// exactly these revisions holds a set that once was true as a whole.
/// </summary>
public sealed record AccessIndex
{
    /// <summary>The version of the schema of index and shards. A proxy refuses one that it does not know.</summary>
    public const string CurrentSchema = "access.mcpoperator.io/v1";

    /// <summary>The version of the schema that this index follows.</summary>
    public required string Schema { get; init; }

    /// <summary>The server's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The server's name.</summary>
    public required string Server { get; init; }

    /// <summary>
    /// The server's canonical URL, where its policy names none. It stands here and not there, because it is the same for all versions of a
    /// server and known only when one runs.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>
    /// Set when nobody may call anything, with the reason: grants that forbid do not all fit, and without them others would allow too much.
    /// </summary>
    public string? Closed { get; init; }

    /// <summary>The revisions of the shards with grants, by their number. A power of two, or none at all.</summary>
    public required IReadOnlyList<string> Grants { get; init; }

    /// <summary>The revisions of the shards with sessions, by their number. A power of two, or none at all.</summary>
    public required IReadOnlyList<string> Sessions { get; init; }
}

/// <summary>Some of a server's grants, or some of its sessions. Members are short: there may be ten thousand.</summary>
public sealed record AccessShard
{
    /// <summary>The version of the schema, <see cref="AccessIndex.CurrentSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>The grants, ordered by name; absent in a shard with sessions.</summary>
    public IReadOnlyList<GrantEntry>? Grants { get; init; }

    /// <summary>The sessions, ordered by name; absent in a shard with grants.</summary>
    public IReadOnlyList<SessionEntry>? Sessions { get; init; }
}

/// <summary>A grant that is neither disabled nor malformed.</summary>
public sealed record GrantEntry
{
    /// <summary>The grant's name.</summary>
    public required string Name { get; init; }

    /// <summary>Those whom it is for; any of them.</summary>
    public required IReadOnlyList<GrantSubject> Subjects { get; init; }

    /// <summary>How far those are trusted at most.</summary>
    public required TrustLevel MaxTrust { get; init; }

    /// <summary>What their calls may do to the world.</summary>
    public required IReadOnlyList<SideEffect> SideEffects { get; init; }

    /// <summary>Which tools it speaks of; absent: all.</summary>
    public IReadOnlyList<ToolRule>? Rules { get; init; }

    /// <summary>When it ends, in Unix seconds; absent: never.</summary>
    public long? Expires { get; init; }
}

/// <summary>A session that has not ended. One that was revoked stays until its end, so that it never comes back under its name.</summary>
public sealed record SessionEntry
{
    /// <summary>The session's name.</summary>
    [JsonPropertyName("n")]
    public required string Name { get; init; }

    /// <summary>The user.</summary>
    [JsonPropertyName("u")]
    public string? User { get; init; }

    /// <summary>The agent.</summary>
    [JsonPropertyName("a")]
    public string? Agent { get; init; }

    /// <summary>How far the user trusts the agent.</summary>
    [JsonPropertyName("t")]
    public required TrustLevel Trust { get; init; }

    /// <summary>When it ends, in Unix seconds.</summary>
    [JsonPropertyName("e")]
    public required long Expires { get; init; }

    /// <summary>Whether it was revoked.</summary>
    [JsonPropertyName("r"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Revoked { get; init; }
}
