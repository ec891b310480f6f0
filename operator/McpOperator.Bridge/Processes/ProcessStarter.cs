using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace McpOperator.Bridge.Processes;

/// <summary>
/// Starts programs by <c>posix_spawn</c>, which neither copies our memory nor needs a thread for each pipe, and works in an image that
/// has nothing but the program: no shell, no <c>/proc</c>. The environment is passed on byte for byte.
/// </summary>
/// <param name="reaper">Who is told of each process, and collects it in the end.</param>
public sealed unsafe class ProcessStarter(ProcessReaper reaper)
{
    /// <summary>Starts a program.</summary>
    /// <param name="command">The program, found by <c>PATH</c> unless it has a slash, and its arguments.</param>
    /// <exception cref="ProcessStartException">There is no such program, or it may not be run.</exception>
    public ChildProcess Start(IReadOnlyList<string> command)
    {
        using var input = new Pipe();
        using var output = new Pipe();
        using var error = new Pipe();
        return reaper.Adopt(() => new ChildProcess(
            Spawn(command, input.Reader, output.Writer, error.Writer), input.TakeWriter(), output.TakeReader(), error.TakeReader()));
    }

    private static int Spawn(IReadOnlyList<string> command, SafeSocketHandle input, SafeSocketHandle output, SafeSocketHandle error)
    {
        var attributes = stackalloc byte[LibC.OpaqueBytes];
        var actions = stackalloc byte[LibC.OpaqueBytes];
        var signals = stackalloc byte[LibC.OpaqueBytes];
        var arguments = new byte*[command.Count + 1];
        _ = LibC.posix_spawnattr_init(attributes);
        _ = LibC.posix_spawn_file_actions_init(actions);
        try
        {
            // A group of its own, so that it can be killed with all its children; and no signal ignored or blocked because we do so.
            _ = LibC.posix_spawnattr_setflags(attributes, LibC.POSIX_SPAWN_SETPGROUP | LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSIGMASK);
            _ = LibC.posix_spawnattr_setpgroup(attributes, 0);
            _ = LibC.sigfillset(signals);
            _ = LibC.posix_spawnattr_setsigdefault(attributes, signals);
            _ = LibC.sigemptyset(signals);
            _ = LibC.posix_spawnattr_setsigmask(attributes, signals);
            _ = LibC.posix_spawn_file_actions_adddup2(actions, Number(input), 0);
            _ = LibC.posix_spawn_file_actions_adddup2(actions, Number(output), 1);
            _ = LibC.posix_spawn_file_actions_adddup2(actions, Number(error), 2);
            for (var i = 0; i < command.Count; i++)
            {
                arguments[i] = (byte*)Marshal.StringToCoTaskMemUTF8(command[i]);
            }

            int pid, failure;
            fixed (byte** argv = arguments)
            {
                failure = LibC.posix_spawnp(&pid, argv[0], actions, attributes, argv, LibC.Environment());
            }

            return failure == 0 ? pid : throw new ProcessStartException($"'{command[0]}' cannot be started: {new Win32Exception(failure).Message}");
        }
        finally
        {
            _ = LibC.posix_spawnattr_destroy(attributes);
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            foreach (var argument in arguments)
            {
                Marshal.FreeCoTaskMem((nint)argument);
            }
        }
    }

    private static int Number(SafeSocketHandle handle) => (int)handle.DangerousGetHandle();

    /// <summary>Both ends of a pipe; what nobody takes is closed.</summary>
    private sealed class Pipe : IDisposable
    {
        private SafeSocketHandle? _reader;
        private SafeSocketHandle? _writer;

        public Pipe()
        {
            var ends = stackalloc int[2];
            if (LibC.pipe2(ends, LibC.O_CLOEXEC) != 0)
            {
                throw new ProcessStartException("no file descriptors are left for another process; raise the container's limit, or lower --max-processes");
            }

            (_reader, _writer) = (new(ends[0], ownsHandle: true), new(ends[1], ownsHandle: true));
        }

        public SafeSocketHandle Reader => _reader!;

        public SafeSocketHandle Writer => _writer!;

        public SafeSocketHandle TakeReader() => Interlocked.Exchange(ref _reader, null)!;

        public SafeSocketHandle TakeWriter() => Interlocked.Exchange(ref _writer, null)!;

        public void Dispose()
        {
            _reader?.Dispose();
            _writer?.Dispose();
        }
    }
}
