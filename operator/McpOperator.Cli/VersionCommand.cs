using System.CommandLine;
using System.Reflection;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator version</c></summary>
public static class VersionCommand
{
    /// <summary>The version that was built, with the commit if it is known.</summary>
    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    internal static Command Create()
    {
        var command = new Command("version", "Print the version.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Version));
        return command;
    }
}
