using System.CommandLine;
using McpOperator.Kube;
using McpOperator.Manifests;

namespace McpOperator.Cli;

/// <summary>Runs a command so that what a person did wrong is told in a line, not in a stack trace.</summary>
internal static class Guarded
{
    public static int Run(ParseResult parsed, Func<TextWriter, TextWriter, int> action) =>
        RunAsync(parsed, (stdout, stderr) => Task.FromResult(action(stdout, stderr))).GetAwaiter().GetResult();

    public static async Task<int> RunAsync(ParseResult parsed, Func<TextWriter, TextWriter, Task<int>> action)
    {
        var (stdout, stderr) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            return await action(stdout, stderr);
        }
        catch (ManifestException e)
        {
            foreach (var error in e.Errors)
            {
                stderr.WriteLine(error);
            }

            return Commands.InputError;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KubernetesException or KubernetesConnectionException or KubernetesConfigException)
        {
            stderr.WriteLine(e.Message);
            return Commands.InputError;
        }
    }
}
