using System.Runtime.InteropServices;

namespace McpOperator.Bridge.Processes;

/// <summary>What we need of the C library. Numbers are those of Linux, the same on x64 and arm64.</summary>
internal static unsafe partial class LibC
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const int ECHILD = 10;
    public const int O_CLOEXEC = 0x80000;
    public const int WNOHANG = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x0100_0000;
    public const int P_ALL = 0;
    public const int P_PID = 1;

    /// <summary>Where a <c>siginfo_t</c> has the process's number, on 64-bit Linux.</summary>
    public const int SiginfoPid = 16;

    public const short POSIX_SPAWN_SETPGROUP = 0x02;
    public const short POSIX_SPAWN_SETSIGDEF = 0x04;
    public const short POSIX_SPAWN_SETSIGMASK = 0x08;

    /// <summary>Room for any C library's <c>posix_spawnattr_t</c>, <c>posix_spawn_file_actions_t</c>, <c>sigset_t</c> and <c>siginfo_t</c> (the longest, glibc's attributes, has 336).</summary>
    public const int OpaqueBytes = 512;

    private const string Library = "libc";

    [LibraryImport(Library)]
    public static partial int pipe2(int* ends, int flags);

    [LibraryImport(Library)]
    public static partial int close(int descriptor);

    [LibraryImport(Library)]
    public static partial int posix_spawnp(int* pid, byte* file, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setpgroup(void* attributes, int group);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport(Library)]
    public static partial int sigemptyset(void* signals);

    [LibraryImport(Library)]
    public static partial int sigfillset(void* signals);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitid(int type, int id, void* info, int options);

    [LibraryImport(Library)]
    public static partial nint getrandom(byte* buffer, nuint length, uint flags);

    /// <summary>
    /// This process's environment as the runtime has it. Managed code sees it decoded; a server gets the bytes, broken or repeated
    /// variables included.
    /// </summary>
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    public static partial byte** Environment();
}
