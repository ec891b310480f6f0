using System.CommandLine;
using McpOperator.Cli.Backup;
using McpOperator.Cli.Convert;
using McpOperator.Cli.Doctor;

namespace McpOperator.Cli;

/// <summary>The commands that need no running operator; some of them speak with a cluster.</summary>
public static class Commands
{
    /// <summary>Exit code for input that is wrong; 0 is success.</summary>
    public const int InputError = 1;

    /// <summary>All of them.</summary>
    public static IEnumerable<Command> All() =>
    [
        RenderCommand.Create(), CheckCommand.Create(), ConvertCommand.Create(), ReviewCommand.Create(), CanCommand.Create(), SessionsCommand.Create(), GrantsCommand.Create(),
        BackupCommand.Create(), RestoreCommand.Create(), DoctorCommand.Create(), ProbeCommand.Create(), CrdsCommand.Create(), VersionCommand.Create(),
    ];
}
