using System.Diagnostics;

namespace McpOperator.EndToEnd.Tests;

/// <summary>The command line of the official inspector.</summary>
internal static class Inspector
{
    public static async Task<string> RunAsync(string url, string method, params string[] more)
    {
        var program = Path.Combine(Repository.Root, "test", "clients", "node_modules", ".bin", "mcp-inspector");
        var start = new ProcessStartInfo(Suite.Node, [program, "--cli", url, "--transport", "http", "--method", method, .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // It starts programs of its own by name.
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Suite.Node)}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"the inspector ended with {process.ExitCode}: {await said}");
    }
}
