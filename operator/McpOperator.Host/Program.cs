using System.CommandLine;
using System.Runtime.InteropServices;
using McpOperator.Cli;
using McpOperator.Host;

var root = new RootCommand("Hosts MCP servers on Kubernetes.");
root.Subcommands.Add(RunCommand.Create());
foreach (var command in Commands.All())
{
    root.Subcommands.Add(command);
}

// Told to stop, a command ends what it has begun: the library's own handling would give it two seconds.
using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    _ = stop.CancelAsync();
}
