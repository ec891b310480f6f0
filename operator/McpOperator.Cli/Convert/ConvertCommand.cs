using System.CommandLine;

namespace McpOperator.Cli.Convert;

/// <summary><c>mcp-operator convert</c></summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Files with ToolHive's MCPServers and MCPToolConfigs, or mcp-runtime's MCPServers, MCPAccessGrants and MCPAgentSessions; - reads standard input.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var open = new Option<bool>("--keep-open") { Description = "Leave open what was open: no authentication, observed rules, addresses for clients outside." };
        var until = new Option<DateTimeOffset?>("--sessions-until") { Description = "When sessions end that have no end, such as 2027-01-31T00:00:00Z." };
        var command = new Command("convert", "Say in our words what manifests of ToolHive and mcp-runtime say; what has no counterpart becomes a comment.") { files, open, until };
        command.SetAction(parsed => Guarded.Run(parsed, (stdout, stderr) =>
        {
            var options = new ConversionOptions { KeepOpen = parsed.GetValue(open), SessionsUntil = parsed.GetValue(until)?.UtcDateTime };
            var conversion = new Converter(options).Convert(parsed.GetValue(files)!.Select(SourceFiles.Read));
            stdout.Write(string.Join("---\n", conversion.Objects));
            foreach (var line in conversion.LeftOut)
            {
                stderr.WriteLine(line);
            }

            return 0;
        }));
        return command;
    }
}
