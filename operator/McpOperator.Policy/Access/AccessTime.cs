namespace McpOperator.Policy;

/// <summary>
/// When grants and sessions end: at the second that they name, without leeway. Their times are set and judged by the cluster's own clocks,
/// which agree; tokens come from elsewhere and have a leeway of their own.
/// </summary>
public static class AccessTime
{
    /// <summary>Whether something that ends at <paramref name="expires"/> has ended. Unix seconds; without an end it never does.</summary>
    public static bool HasEnded(long? expires, long now) => now >= expires;

    /// <summary>Unix seconds of a time; one that names no zone is in UTC, as all of Kubernetes' are.</summary>
    public static long Seconds(DateTime time) =>
        new DateTimeOffset(time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time).ToUnixTimeSeconds();
}
