using System.Diagnostics;

namespace McpOperator.TestKit;

/// <summary>A script of the repository that has been run.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it wrote to its output.</param>
/// <param name="Said">What it said meanwhile, on its error output.</param>
public sealed record ScriptRun(int ExitCode, string Output, string Said)
{
    /// <summary>Building a cluster for the first time takes some minutes; nothing takes longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">Its path in the repository.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="log">Gets what it says, while it says it.</param>
    public static async Task<ScriptRun> StartAsync(string script, IEnumerable<string> arguments, Action<string> log)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, script), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, said) = (new List<string>(), new List<string>());
        process.OutputDataReceived += (_, e) => Keep(output, e.Data);
        process.ErrorDataReceived += (_, e) => Keep(said, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Limit);
        // What the script has started may keep these pipes open; the script's end counts, not theirs.
        await ProcessEnd.Of(process, limit.Token);
        return new(process.ExitCode, Text(output), Text(said));

        void Keep(List<string> lines, string? line)
        {
            if (line is null)
            {
                return;
            }

            lock (lines)
            {
                lines.Add(line);
            }

            if (lines == said)
            {
                log(line);
            }
        }
    }

    private static string Text(List<string> lines)
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }
}
