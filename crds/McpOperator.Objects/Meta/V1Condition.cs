namespace McpOperator.Objects;

/// <summary>One aspect of an object's state, in the shape that Kubernetes prescribes (API conventions, "Typical status properties").</summary>
public sealed record V1Condition
{
    /// <summary>The aspect, in CamelCase.</summary>
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public required string Status { get; init; }

    /// <summary>One word for machines that says why the status is what it is.</summary>
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>When the status last changed.</summary>
    public DateTime LastTransitionTime { get; init; }

    /// <summary>The generation of the object that this condition speaks of.</summary>
    public long? ObservedGeneration { get; init; }
}
