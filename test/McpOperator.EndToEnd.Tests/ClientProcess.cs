using System.Diagnostics;

namespace McpOperator.EndToEnd.Tests;

/// <summary>A program of <c>test/clients</c>.</summary>
internal static class ClientProcess
{
    public static Process Start(string script, params string[] arguments) => Start(script, "{}", arguments);

    /// <param name="options">What <c>client.mjs</c> is told besides, as a JSON object.</param>
    /// <param name="script">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="authorities">A file with the certificates of authorities that it is to trust.</param>
    public static Process Start(string script, string options, string[] arguments, string? authorities = null)
    {
        var start = new ProcessStartInfo(Suite.Node, [Path.Combine(Repository.Root, "test", "clients", script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MCP_CLIENT_OPTIONS"] = options;
        if (authorities is not null)
        {
            start.Environment["NODE_EXTRA_CA_CERTS"] = authorities;
        }

        return Process.Start(start)!;
    }

    /// <summary>The end of its input is the program's end.</summary>
    public static async ValueTask EndAsync(Process process)
    {
        try
        {
            process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
