using System.CommandLine;
using McpOperator.Cli;
using McpOperator.Host;

var root = new RootCommand("Hosts MCP servers on Kubernetes.");
root.Subcommands.Add(RunCommand.Create());
foreach (var command in Commands.All())
{
    root.Subcommands.Add(command);
}

return await root.Parse(args).InvokeAsync();
