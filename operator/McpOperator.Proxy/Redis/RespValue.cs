namespace McpOperator.Proxy.Redis;

/// <summary>What a reply is.</summary>
internal enum RespKind
{
    /// <summary>A word or a text.</summary>
    Text,

    /// <summary>Why a command failed.</summary>
    Error,

    /// <summary>A number.</summary>
    Integer,

    /// <summary>Several replies.</summary>
    Array,

    /// <summary>Nothing.</summary>
    Null,
}

/// <summary>A reply (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text of a text or an error.</param>
/// <param name="Integer">The number of a number.</param>
/// <param name="Items">The replies of an array.</param>
internal sealed record RespValue(RespKind Kind, string Text = "", long Integer = 0, IReadOnlyList<RespValue>? Items = null)
{
    public static RespValue Null { get; } = new(RespKind.Null);
}
