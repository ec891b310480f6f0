using System.Diagnostics;
using McpOperator.Admission.Images;
using McpOperator.Api.Configuration;
using McpOperator.Cli;
using McpOperator.Manifests;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>Every YAML on the pages is what it is said to be, and passes the checks that the product has for it.</summary>
public sealed class ExamplesTests
{
    private static IEnumerable<TestCaseData> Examples =>
        from page in Page.All
        from block in page.Blocks
        where block.Language == "yaml"
        select new TestCaseData(page, block).SetArgDisplayNames($"{page}:{block.Line}");

    [TestCaseSource(nameof(Examples))]
    public async Task An_example_is_valid(Page page, Block block)
    {
        var place = $"{page}:{block.Line}";
        if (block.Marks.ContainsKey("values"))
        {
            await ChartTakesAsync(block.Text, place);
        }
        else if (block.Marks.ContainsKey("profile"))
        {
            StrictYaml.Load<PermissionProfile>(block.Text, place);
        }
        else if (block.Text.Contains("apiVersion:", StringComparison.Ordinal))
        {
            var checker = new Checker(ConfigurationFile.Parse(Suite.Configuration, "config.yaml"), "default", DateTime.UtcNow, new NoImageSignatures());
            var findings = await checker.CheckAsync([new ManifestSource(place, block.Text)], CancellationToken.None);
            findings.Where(f => !f.IsWarning).Select(f => f.Place.ToString()).Should().BeEmpty();
        }
        else
        {
            ConfigurationFile.Parse(block.Text, place);
        }
    }

    private static async Task ChartTakesAsync(string values, string place)
    {
        if (Suite.NoHelm is { } why)
        {
            Assert.Ignore($"helm cannot be had here: {why}");
        }

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, values);
            using var helm = Process.Start(new ProcessStartInfo(Path.Combine(Suite.Programs, "helm"), ["template", Path.Combine(Repository.Root, "charts", "mcp-operator"), "--values", file])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (helm.StandardOutput.ReadToEndAsync(), helm.StandardError.ReadToEndAsync());
            await helm.WaitForExitAsync();
            helm.ExitCode.Should().Be(0, $"{place}: {await error}");
            (await output).Should().Contain("kind: Deployment");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
