namespace McpOperator.Kube;

/// <summary>Which objects are listed, and how.</summary>
public sealed record ListOptions
{
    /// <summary>Only objects with these labels, in the API server's notation: <c>a=b,c in (d,e),!f</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects with these fields: <c>metadata.name=x</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects per request.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>The version that the answer must not be older than; null asks for the newest, <c>0</c> takes any.</summary>
    public string? ResourceVersion { get; init; }
}
