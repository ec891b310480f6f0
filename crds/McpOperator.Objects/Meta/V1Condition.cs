namespace McpOperator.Objects;

/// <summary>One aspect of an object's state, in the shape that Kubernetes prescribes (API conventions, "Typical status properties").</summary>
public sealed record V1Condition
{
    /// <summary>The aspect, in CamelCase.</summary>
    [Length(1, 316), Pattern("^[A-Za-z][A-Za-z0-9]*$")]
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [Length(4, 7), Pattern("^(True|False|Unknown)$")]
    public required string Status { get; init; }

    /// <summary>One word for machines that says why the status is what it is.</summary>
    [Length(1, 1024), Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")]
    public required string Reason { get; init; }

    /// <summary>One sentence for people; absent when there is nothing to say.</summary>
    [Length(0, 32768)]
    public string? Message { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTime LastTransitionTime { get; init; }

    /// <summary>The generation of the object that this condition speaks of.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; init; }
}
