using System.Net.Sockets;

namespace McpOperator.Bridge.Processes;

/// <summary>
/// A running program in a process group of its own, with pipes to its three standard streams. The pipes wait on the runtime's event
/// loop: a process costs no thread.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _reaped;

    internal ChildProcess(int pid, SafeSocketHandle input, SafeSocketHandle output, SafeSocketHandle error)
    {
        Id = pid;
        Input = new Socket(input);
        Output = new Socket(output);
        Error = new Socket(error);
    }

    /// <summary>Its process id, which is its group's id as well.</summary>
    public int Id { get; }

    /// <summary>How it ended, once it has.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>Our end of its standard input.</summary>
    internal Socket Input { get; }

    /// <summary>Our end of its standard output.</summary>
    internal Socket Output { get; }

    /// <summary>Our end of its standard error.</summary>
    internal Socket Error { get; }

    /// <summary>Sends a signal to the process and to all that it has started and left in its group.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            // Once it is reaped its number may belong to somebody else.
            if (!_reaped)
            {
                _ = LibC.kill(-Id, signal);
            }
        }
    }

    /// <summary>
    /// Ends it as MCP wants (2025-11-25, Lifecycle, "Shutdown"): no more input, then SIGTERM, then SIGKILL, each after
    /// <paramref name="patience"/>. What it leaves behind in its group dies with it.
    /// </summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Input.Dispose();
        foreach (var signal in new[] { LibC.SIGTERM, LibC.SIGKILL })
        {
            if (await EndsWithinAsync(patience))
            {
                return;
            }

            Signal(signal);
        }

        await Exited;
    }

    /// <summary>
    /// Notes the end of the process, which is a zombie still: its number, and with it its group's, is taken until
    /// <paramref name="reap"/> has run.
    /// </summary>
    internal void End(Func<ProcessExit> reap)
    {
        ProcessExit exit;
        lock (_gate)
        {
            _ = LibC.kill(-Id, LibC.SIGKILL);
            exit = reap();
            _reaped = true;
        }

        _exited.TrySetResult(exit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error.Dispose();
    }

    private async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        try
        {
            await Exited.WaitAsync(time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
