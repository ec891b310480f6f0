namespace McpOperator.Bridge.Processes;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; nothing when a signal ended it.</param>
/// <param name="Signal">The signal that ended it; nothing when it exited.</param>
public readonly record struct ProcessExit(int? Code, int? Signal)
{
    /// <summary>Reads what <c>waitpid</c> gives (wait(2)).</summary>
    internal static ProcessExit FromWaitStatus(int status) => (status & 0x7F) == 0
        ? new((status >> 8) & 0xFF, null)
        : new(null, status & 0x7F);

    /// <inheritdoc/>
    public override string ToString() => Signal switch
    {
        null => Code is { } code ? $"exit code {code}" : "how, is not known",
        LibC.SIGKILL => "killed by SIGKILL (by hand, or because it had no memory left)",
        LibC.SIGTERM => "killed by SIGTERM",
        _ => $"killed by signal {Signal}",
    };
}
