using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace McpOperator.Bridge.Processes;

/// <summary>Collects processes that have ended, so that none stays a zombie.</summary>
/// <remarks>
/// As process 1 of a container (or as a subreaper) this program also inherits what its children leave behind; then
/// <paramref name="strangers"/> is set and all that ends is collected. A host with children of its own must not set it. .NET's handler of
/// SIGCHLD collects everything itself when it is process 1, before anybody has seen how it ended; so there we look ourselves, now and then.
/// </remarks>
/// <param name="strangers">Whether to collect processes as well that were not started here.</param>
public sealed unsafe class ProcessReaper(bool strangers) : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<int, ChildProcess> _children = new();
    private readonly Lock _gate = new();
    private IDisposable? _watch;

    /// <summary>Processes that run.</summary>
    public int Count => _children.Count;

    /// <summary>Starts a process and looks after it; its end cannot be missed in between.</summary>
    internal ChildProcess Adopt(Func<ChildProcess> start)
    {
        lock (_gate)
        {
            _watch ??= strangers ? new Timer(_ => Collect(), null, Look, Look) : PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Collect());
            var child = start();
            _children[child.Id] = child;
            return child;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watch?.Dispose();

    private void Collect()
    {
        // Signals of the same kind are merged: one may stand for many ends.
        lock (_gate)
        {
            foreach (var child in _children.Values)
            {
                if (HasEnded(child.Id) && _children.TryRemove(child.Id, out _))
                {
                    child.End(() => Reap(child.Id));
                }
            }

            while (strangers && NextEnded() is var pid and > 0)
            {
                if (_children.TryRemove(pid, out var child))
                {
                    child.End(() => Reap(pid));
                }
                else
                {
                    _ = Reap(pid);
                }
            }
        }
    }

    /// <summary>Whether it is a zombie by now, and stays one, or somebody else has collected it.</summary>
    private static bool HasEnded(int pid)
    {
        var info = stackalloc byte[LibC.OpaqueBytes];
        new Span<byte>(info, LibC.OpaqueBytes).Clear();
        // A process that still runs leaves the first member, the signal's number, at 0 (waitid(2)).
        return LibC.waitid(LibC.P_PID, pid, info, LibC.WEXITED | LibC.WNOHANG | LibC.WNOWAIT) == 0
            ? *(int*)info != 0
            : Marshal.GetLastPInvokeError() == LibC.ECHILD;
    }

    /// <summary>Any zombie's number; 0 when there is none.</summary>
    private static int NextEnded()
    {
        var info = stackalloc byte[LibC.OpaqueBytes];
        new Span<byte>(info, LibC.OpaqueBytes).Clear();
        return LibC.waitid(LibC.P_ALL, 0, info, LibC.WEXITED | LibC.WNOHANG | LibC.WNOWAIT) == 0 ? *(int*)(info + LibC.SiginfoPid) : 0;
    }

    private static ProcessExit Reap(int pid)
    {
        int status;
        return LibC.waitpid(pid, &status, LibC.WNOHANG) == pid ? ProcessExit.FromWaitStatus(status) : default;
    }
}
