using System.CommandLine;
using System.Runtime.InteropServices;
using McpOperator.Bridge;
using McpOperator.Proxy;

var version = new Command("version", "Print the version.");
version.SetAction(_ => Console.WriteLine($"mcp-proxy {ProxyVersion.Text}"));
var root = new RootCommand("The door in front of an MCP server.") { ServeCommand.Create(), BridgeCommand.Create(), InstallCommand.Create(), version };

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
