namespace McpOperator.Objects;

/// <summary>One aspect of somebody else's object. Unlike in our own <see cref="V1Condition"/>, nothing can be relied upon to be there.</summary>
public sealed record V1ObservedCondition
{
    /// <summary>The aspect.</summary>
    public string Type { get; init; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; init; } = "Unknown";

    /// <summary>Why, for machines.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Message { get; init; }
}
