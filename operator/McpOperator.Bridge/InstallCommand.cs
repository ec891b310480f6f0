using System.CommandLine;
using System.Runtime.CompilerServices;

namespace McpOperator.Bridge;

/// <summary><c>mcp-proxy install</c>: an init container brings the program into a folder that the server's container mounts.</summary>
public static class InstallCommand
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Where to." };
        var command = new Command("install", "Copy this program into a folder, for a container that has nothing of its own.") { folder };
        command.SetAction(parsed => Install(OwnFile(), parsed.GetValue(folder)!));
        return command;
    }

    /// <summary>This program's file; nothing when it is not one file that runs anywhere.</summary>
    private static string? OwnFile() => RuntimeFeature.IsDynamicCodeSupported ? null : Environment.ProcessPath;

    /// <summary>Copies a program under its own name; whoever looks sees all of it or nothing.</summary>
    internal static int Install(string? program, string folder)
    {
        if (program is null)
        {
            Console.Error.WriteLine("mcp-proxy: only the program that was built ahead of time can be copied, and only where /proc is mounted; see hack/native.sh");
            return 1;
        }

        var target = Path.Combine(folder, "mcp-proxy");
        var partial = $"{target}.{Environment.ProcessId}";
        try
        {
            File.Copy(program, partial, overwrite: true);
            File.SetUnixFileMode(partial, Executable);
            File.Move(partial, target, overwrite: true);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"mcp-proxy: cannot copy {program} to {target}: {e.Message}");
            return 1;
        }
    }
}
