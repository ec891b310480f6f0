using System.Diagnostics;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>helm, lua and promtool, as <c>hack/delivery-tools.sh</c> provides them.</summary>
internal static class DeliveryTools
{
    private static readonly Lazy<(string? Bin, string Problem)> Found = new(Find);

    /// <summary>Runs a tool that must succeed.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static string Run(string tool, params string[] arguments)
    {
        var (code, output, error) = Try(tool, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)} ended with {code}:\n{output}{error}");
    }

    /// <summary>Runs a tool. Where this machine cannot have it the test is skipped, with the reason.</summary>
    public static (int Code, string Output, string Error) Try(string tool, params string[] arguments)
    {
        if (Found.Value is not { Bin: { } bin })
        {
            throw new IgnoreException($"the tools cannot be had here: {Found.Value.Problem}");
        }

        return Start(Path.Combine(bin, tool), arguments);
    }

    private static (string? Bin, string Problem) Find()
    {
        var (code, output, error) = Start(Path.Combine(Repository.Root, "hack", "delivery-tools.sh"), []);
        return code == 0 ? (output.TrimEnd().Split('\n')[^1], "") : (null, error.TrimEnd().Split('\n')[^1]);
    }

    private static (int Code, string Output, string Error) Start(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
