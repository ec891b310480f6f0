using System.Diagnostics;

namespace McpOperator.TestKit;

/// <summary>Waits for a process to end.</summary>
internal static class ProcessEnd
{
    /// <summary>
    /// <see cref="Process.WaitForExitAsync"/> waits for the end of the output as well, which never comes while a grandchild holds the pipe.
    /// </summary>
    public static async Task Of(Process process, CancellationToken ct)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ended.TrySetResult();
        if (!process.HasExited)
        {
            await ended.Task.WaitAsync(ct);
        }

        // Readers of the output are given a moment to hand over the last lines.
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        try
        {
            await process.WaitForExitAsync(moment.Token);
        }
        catch (OperationCanceledException)
        {
            // A grandchild has the pipe.
        }
    }
}
