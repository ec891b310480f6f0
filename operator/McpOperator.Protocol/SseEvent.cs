namespace McpOperator.Protocol;

/// <summary>One event of a stream of server-sent events (WHATWG HTML, section 9.2).</summary>
public sealed record SseEvent
{
    /// <summary>The event as it was sent, with the empty line that ends it.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>Its type; <c>message</c> when it names none.</summary>
    public string Type { get; init; } = DefaultType;

    /// <summary>Its id; nothing when it has none. An empty id takes back the last one.</summary>
    public string? Id { get; init; }

    /// <summary>Its data, lines joined by line feeds; empty when it has none (such an event is not told to anybody).</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether it has a <c>data</c> field.</summary>
    public bool HasData { get; init; }

    /// <summary>The type of an event that names none.</summary>
    public const string DefaultType = "message";
}
