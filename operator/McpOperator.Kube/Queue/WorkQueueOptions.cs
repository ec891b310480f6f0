namespace McpOperator.Kube;

/// <summary>How a queue treats failures.</summary>
public sealed record WorkQueueOptions
{
    /// <summary>The usual.</summary>
    public static WorkQueueOptions Default { get; } = new();

    /// <summary>The pause after a key's first failure; it doubles with each further one.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause. Short enough that a cluster that is well again is served soon.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Retries a second, over all keys, in the long run.</summary>
    public double RetriesPerSecond { get; init; } = 50;

    /// <summary>Retries, over all keys, at once.</summary>
    public int RetryBurst { get; init; } = 500;
}
