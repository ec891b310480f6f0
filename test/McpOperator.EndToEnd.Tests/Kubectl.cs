using System.Diagnostics;

namespace McpOperator.EndToEnd.Tests;

/// <summary>kubectl, as people use it.</summary>
internal static class Kubectl
{
    /// <summary>Runs it as the administrator, or with <c>--as</c> as somebody else.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message is what it says.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await TryAsync(null, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)} ended with {code}: {error}");
    }

    /// <summary>Runs it, and tells how it ended.</summary>
    /// <param name="manifest">What it reads from its input; nothing: nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<(int Code, string Output, string Error)> TryAsync(string? manifest, params string[] arguments)
    {
        var start = new ProcessStartInfo(Suite.Cluster.Kubectl ?? throw new InvalidOperationException("this cluster has no kubectl"), ["--kubeconfig", Suite.Cluster.Kubeconfig, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(manifest);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }
}
