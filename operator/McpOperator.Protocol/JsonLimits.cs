namespace McpOperator.Protocol;

/// <summary>How much JSON is read from somebody whom we do not trust.</summary>
public sealed record JsonLimits
{
    /// <summary>The limits that suit one message of a client.</summary>
    public static JsonLimits Default { get; } = new();

    /// <summary>Bytes of one body; a longer one is refused unread.</summary>
    public int MaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Objects and arrays within one another.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Bytes of an id, quotes included: it is copied into answers and logs.</summary>
    public int MaxIdBytes { get; init; } = 512;

    /// <summary>Messages of one batch.</summary>
    public int MaxBatch { get; init; } = 64;
}
