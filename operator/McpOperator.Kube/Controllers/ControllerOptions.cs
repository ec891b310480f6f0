namespace McpOperator.Kube;

/// <summary>How a controller works.</summary>
public sealed record ControllerOptions
{
    /// <summary>The usual.</summary>
    public static ControllerOptions Default { get; } = new();

    /// <summary>How many keys are reconciled at the same time.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>How the queue treats failures.</summary>
    public WorkQueueOptions Queue { get; init; } = WorkQueueOptions.Default;

    /// <summary>How long a reconcile may go on after the controller was told to stop, so that it is not torn in half.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(10);
}
