namespace McpOperator.Kube;

/// <summary>How a reconcile ended that did not fail.</summary>
public enum ReconcileOutcome
{
    /// <summary>The world is as it should be.</summary>
    Done,

    /// <summary>Something takes time; look again later, whether or not a watch says so.</summary>
    Wait,

    /// <summary>The user must act; nothing is tried until an object changes.</summary>
    Blocked,
}

/// <summary>What a reconcile found. Trouble that passes by itself is an exception instead: it is tried again for ever.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="After">When to look again.</param>
/// <param name="Reason">Why it is not done, for the log.</param>
public readonly record struct ReconcileResult(ReconcileOutcome Outcome, TimeSpan After, string Reason)
{
    /// <summary>The world is as it should be.</summary>
    public static ReconcileResult Done { get; } = new(ReconcileOutcome.Done, TimeSpan.Zero, "");

    /// <summary>Something takes time.</summary>
    public static ReconcileResult Wait(TimeSpan after, string reason) => new(ReconcileOutcome.Wait, after, reason);

    /// <summary>The user must act.</summary>
    public static ReconcileResult Blocked(string reason) => new(ReconcileOutcome.Blocked, TimeSpan.Zero, reason);
}
