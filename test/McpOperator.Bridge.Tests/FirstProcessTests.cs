using System.Diagnostics;
using McpOperator.TestKit;

namespace McpOperator.Bridge.Tests;

/// <summary>The program as process 1, as which it runs in a container: there .NET behaves differently.</summary>
public class FirstProcessTests
{
    [Test]
    public async Task As_process_1_it_sees_how_servers_end_collects_their_orphans_and_stops()
    {
        var port = FreePort();
        var log = new List<string>();
        var program = Path.Combine(AppContext.BaseDirectory, "mcp-proxy.dll");
        using var process = Process.Start(new ProcessStartInfo("unshare",
        [
            "--user", "--map-root-user", "--fork", "--pid", "--mount-proc", "--kill-child", "dotnet", program, "bridge", $"--listen=127.0.0.1:{port}", "--",
            // Each server leaves an orphan behind, which ends soon after.
            "sh", "-c", "(sleep 0.2 &); exec \"$@\"", "sh", .. RunningBridge.Server(),
        ])
        { RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, e) => { lock (log) { log.Add(e.Data ?? ""); } };
        process.BeginErrorReadLine();
        try
        {
            await Eventually.Holds(() => Lines().Exists(line => line.Contains("Serving ")) || process.HasExited);
            if (process.HasExited && Lines().Exists(line => line.StartsWith("unshare:", StringComparison.Ordinal)))
            {
                Assert.Ignore($"this machine gives no process a number space of its own: {Lines()[0]}");
            }

            using var client = new BridgeClient(new Uri($"http://127.0.0.1:{port}/mcp"));
            await client.InitializeAsync();
            var answer = await client.CallRawAsync("exit", new { count = 7 });
            answer["error"]!["message"]!.GetValue<string>().Should().Contain("exit code 7");
            var first = int.Parse(File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Trim());
            await Eventually.Holds(() => !Children(first).Any(IsZombie), () => string.Join('\n', Lines()));

            using var kill = Process.Start("kill", ["-TERM", $"{first}"]);
            await Eventually.Ends(process.WaitForExitAsync());
            process.ExitCode.Should().Be(0, string.Join('\n', Lines()));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        List<string> Lines()
        {
            lock (log)
            {
                return [.. log];
            }
        }
    }

    private static IEnumerable<string> Children(int pid) =>
        Directory.GetDirectories($"/proc/{pid}/task").SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool IsZombie(string pid) => File.Exists($"/proc/{pid}/stat") && File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ");

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
