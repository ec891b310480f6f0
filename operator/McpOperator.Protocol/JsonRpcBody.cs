namespace McpOperator.Protocol;

/// <summary>What <see cref="JsonRpcReader"/> made of a body: its messages, or the reason why it has none.</summary>
public sealed record JsonRpcBody
{
    /// <summary>The messages in their order; none when there is a problem.</summary>
    public IReadOnlyList<JsonRpcMessage> Messages { get; init; } = [];

    /// <summary>Whether they came as an array.</summary>
    public bool IsBatch { get; init; }

    /// <summary>Why the body was refused; nothing when it was accepted.</summary>
    public JsonRpcProblem? Problem { get; init; }

    /// <summary>The id to answer to when there is a problem, as far as it was understood; empty: answer to <c>null</c>.</summary>
    public ReadOnlyMemory<byte> ProblemId { get; init; }
}
