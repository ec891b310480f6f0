using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>Every command on the pages runs, in the page's order, or a comment before it says why it does not.</summary>
public sealed partial class CommandsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string[] Shown = ["charts", "config", "crds", "docs", "hack", "operator", "test"];

    private string _folder = "";

    private static IEnumerable<Page> Pages => Page.All;

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("docs-").FullName;
        foreach (var part in Shown)
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder, part), Path.Combine(Repository.Root, part));
        }

        File.WriteAllText(Path.Combine(_folder, "config.yaml"), Suite.Configuration);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Pages))]
    public async Task What_a_page_tells_to_type_works(Page page)
    {
        var said = "";
        foreach (var block in page.Blocks)
        {
            if (block.Mark("file") is { } name)
            {
                await File.WriteAllTextAsync(Path.Combine(_folder, name), block.Text);
            }

            if (block.Marks.ContainsKey("prints"))
            {
                Prints(page, block, said);
            }

            if (block.Language == "sh" && block.Mark("not run") is null)
            {
                said = await RunAsync(page, block);
            }
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void Whoever_does_not_run_a_command_says_why(Page page)
    {
        page.Blocks.Where(b => b.Language is "bash" or "shell" or "console").Should().BeEmpty("blocks of commands are called sh");
        foreach (var block in page.Blocks.Where(b => b.Marks.ContainsKey("not run")))
        {
            block.Language.Should().Be("sh", $"{page}:{block.Line} is no command");
            block.Mark("not run").Should().MatchRegex("^[a-z].{15,}$", $"{page}:{block.Line} needs a reason");
        }
    }

    /// <summary>Commands within sentences and tables have at least to be commands.</summary>
    [TestCaseSource(nameof(Pages))]
    public void Commands_in_the_text_exist_with_their_options(Page page)
    {
        var root = new RootCommand("test");
        foreach (var command in Cli.Commands.All())
        {
            root.Add(command);
        }

        foreach (var typed in Inline().Matches(page.Prose).Select(m => m.Groups[1].Value.ReplaceLineEndings(" ")).Where(t => !t.Contains('…', StringComparison.Ordinal) && t.Contains(' ', StringComparison.Ordinal)))
        {
            var words = typed.Split('|')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            if (words[0] != "run")
            {
                root.Parse(words).Errors.Where(e => e.Message.StartsWith("Unrecognized", StringComparison.Ordinal)).Should().BeEmpty($"{page} says `{typed}`");
            }
        }
    }

    private static void Prints(Page page, Block block, string said)
    {
        foreach (var line in block.Text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l != "…"))
        {
            var pattern = string.Join(".*", line.Split('…').Select(part => Spaces().Replace(Regex.Escape(part.Trim()), @"\s+")));
            said.Should().MatchRegex("(?m)" + pattern, $"{page}:{block.Line} says that the commands before it print so");
        }
    }

    private async Task<string> RunAsync(Page page, Block block)
    {
        if (block.Text.Contains("helm ", StringComparison.Ordinal) && Suite.NoHelm is { } why)
        {
            Assert.Ignore($"{page}:{block.Line} needs helm, which cannot be had here: {why}");
        }

        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", block.Text]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{Suite.Programs}:{start.Environment["PATH"]}";
        start.Environment["HOME"] = _folder;
        start.Environment["KUBECONFIG"] = block.Mark("as") == "reviewer" ? Suite.ReviewersKubeconfig : Suite.Cluster.Kubeconfig;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            var said = await output + await error;
            $"{process.ExitCode}".Should().Be(block.Mark("exits") ?? "0", $"{page}:{block.Line} says so; it was\n{block.Text}\nand said\n{said}\n{Suite.Operator.LogEnd}");
            return said;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{page}:{block.Line} takes longer than {Patience.TotalSeconds:0} s:\n{block.Text}");
        }
    }

    [GeneratedRegex(@"`(mcp-operator [^`]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex(@"(\\ )+")]
    private static partial Regex Spaces();
}
