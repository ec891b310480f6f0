namespace McpOperator.Protocol;

/// <summary>A revision of the MCP specification, named by its date, and what it allows.</summary>
public sealed class ProtocolRevision
{
    /// <summary>HTTP+SSE: one stream from the server, and a second address for messages to it.</summary>
    public static readonly ProtocolRevision V20241105 = new("2024-11-05");

    /// <summary>Streamable HTTP, sessions, and batches.</summary>
    public static readonly ProtocolRevision V20250326 = new("2025-03-26");

    /// <summary>No batches; the revision stands in a header.</summary>
    public static readonly ProtocolRevision V20250618 = new("2025-06-18");

    /// <summary>Streams that the client polls; an origin that is refused is answered by 403.</summary>
    public static readonly ProtocolRevision V20251125 = new("2025-11-25");

    /// <summary>Neither handshake nor session: every request says everything.</summary>
    public static readonly ProtocolRevision V20260728 = new("2026-07-28");

    private ProtocolRevision(string name) => Name = name;

    /// <summary>All that we speak, oldest first.</summary>
    public static IReadOnlyList<ProtocolRevision> All { get; } = [V20241105, V20250326, V20250618, V20251125, V20260728];

    /// <summary>The newest that begins with a handshake.</summary>
    public static ProtocolRevision LatestWithHandshake => V20251125;

    /// <summary>What a message without the header belongs to when nothing else tells (2025-06-18, Transports, "Protocol Version Header").</summary>
    public static ProtocolRevision Assumed => V20250326;

    /// <summary>Its name, such as <c>2025-11-25</c>.</summary>
    public string Name { get; }

    /// <summary>Whether there is neither handshake nor session.</summary>
    public bool IsStateless => IsAtLeast(V20260728);

    /// <summary>Whether a body may be an array of messages.</summary>
    public bool HasBatches => this == V20250326;

    /// <summary>Whether method and name are mirrored in headers, which must agree with the body.</summary>
    public bool MirrorsBody => IsStateless;

    /// <summary>The revision of this name; nothing when we do not speak it.</summary>
    public static ProtocolRevision? Of(string? name) => All.FirstOrDefault(revision => revision.Name == name);

    /// <summary>Whether this is the other revision or a later one.</summary>
    public bool IsAtLeast(ProtocolRevision other) => string.CompareOrdinal(Name, other.Name) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
