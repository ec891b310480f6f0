namespace McpOperator.Kube;

/// <summary>On which condition an object is deleted, and what becomes of those that it owns.</summary>
public sealed record V1DeleteOptions
{
    /// <summary>Delete only the object with this identity; another one is a conflict.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this version; another one is a conflict.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Background</c> (children go later), <c>Foreground</c> (children go first) or <c>Orphan</c> (children stay).</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Seconds that the object gets to end; 0 is at once; null is the kind's own default.</summary>
    public int? GracePeriodSeconds { get; init; }
}
