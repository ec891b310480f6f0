namespace McpOperator.Kube;

/// <summary>
/// Growing pauses: each twice as long as the one before, up to a limit, and somewhat random so that many do not come back at once.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>A success.</summary>
    public void Reset() => Failures = 0;

    /// <summary>A failure that needs no pause.</summary>
    public void Count() => Failures++;

    /// <summary>The pause after the present number of failures, counting one more.</summary>
    public TimeSpan Next() => Pause(first, longest, Failures++);

    /// <summary>Waits for <see cref="Next"/>; ends early, without an exception, when cancelled.</summary>
    public Task PauseAsync(CancellationToken ct) => DelayAsync(Next(), time, ct);

    /// <summary>Waits; ends early, without an exception, when cancelled.</summary>
    public static Task DelayAsync(TimeSpan pause, TimeProvider time, CancellationToken ct) =>
        Task.Delay(pause, time, ct).ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>The pause after so many failures, ±20 %.</summary>
    public static TimeSpan Pause(TimeSpan first, TimeSpan longest, int failures)
    {
        var pause = first * Math.Pow(2, Math.Min(failures, 30));
        return (pause < longest ? pause : longest) * (0.8 + (0.4 * Random.Shared.NextDouble()));
    }
}
