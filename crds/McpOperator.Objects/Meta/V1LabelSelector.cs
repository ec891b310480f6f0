namespace McpOperator.Objects;

/// <summary>Selects objects by labels; an empty selector selects everything, an absent one nothing.</summary>
public sealed record V1LabelSelector
{
    /// <summary>All of these labels must have these values.</summary>
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    /// <summary>All of these requirements must hold.</summary>
    public IReadOnlyList<V1LabelSelectorRequirement>? MatchExpressions { get; init; }
}

/// <summary>One requirement on one label.</summary>
public sealed record V1LabelSelectorRequirement
{
    /// <summary>The label.</summary>
    public required string Key { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("operator")]
    public required string OperatorProperty { get; init; }

    /// <summary>The values for <c>In</c> and <c>NotIn</c>.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
