namespace McpOperator.Kube;

/// <summary>What an informer looks at.</summary>
public sealed record InformerOptions
{
    /// <summary>The usual: everything in all namespaces.</summary>
    public static InformerOptions Default { get; } = new();

    /// <summary>One namespace; null is all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only objects with these labels, in the API server's notation.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects with these fields, in the API server's notation.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects per list request.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>How often handlers are told of every object again, without asking the API server; zero is never.</summary>
    public TimeSpan ResyncPeriod { get; init; }
}
