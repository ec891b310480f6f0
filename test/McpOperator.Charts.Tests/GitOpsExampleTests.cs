using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>The example that is laid out like a team's repository becomes what the product's own commands accept.</summary>
public sealed class GitOpsExampleTests
{
    private static string Example => Path.Combine(Repository.Root, "config", "argocd", "example");

    private static IEnumerable<string> Charts => Directory.EnumerateDirectories(Path.Combine(Example, "helm")).Select(d => Path.GetFileName(d)!);

    [TestCaseSource(nameof(Charts))]
    public async Task A_teams_chart_passes_check_and_comes_in_waves(string chart)
    {
        var folder = Directory.CreateTempSubdirectory("example-");
        try
        {
            var (rendered, config) = (Path.Combine(folder.FullName, "rendered.yaml"), Path.Combine(folder.FullName, "config.yaml"));
            await File.WriteAllTextAsync(rendered, DeliveryTools.Run("helm", "template", chart, Path.Combine(Example, "helm", chart)));
            var values = YamlJson.ReadAll(Path.Combine(Example, "operator.yaml"))[0]!["spec"]!["source"]!["helm"]!["valuesObject"]!["config"]!;
            await File.WriteAllTextAsync(config, values.ToJsonString());

            var checker = new Cli.Checker(Cli.ConfigurationFile.LoadOrDefault(config), "default", DateTime.UtcNow, new Admission.Images.NoImageSignatures());
            var findings = await checker.CheckAsync([new Manifests.ManifestSource(rendered, await File.ReadAllTextAsync(rendered))], CancellationToken.None);
            findings.Where(f => !f.IsWarning).Should().BeEmpty();

            var waves = YamlJson.ReadAll(rendered).OfType<JsonObject>().Select(o => ((string)o["kind"]!, int.Parse((string)o["metadata"]!["annotations"]!["argocd.argoproj.io/sync-wave"]!))).ToList();
            waves.Should().OnlyContain(w => w.Item2 == (w.Item1 == "MCPToolConfig" ? -1 : w.Item1 == "MCPServer" ? 0 : 1));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void The_operators_application_has_values_that_the_chart_takes()
    {
        var values = YamlJson.ReadAll(Path.Combine(Example, "operator.yaml"))[0]!["spec"]!["source"]!["helm"]!["valuesObject"]!;
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, values.ToJsonString());
            Chart.Objects("--values", file).Should().NotBeEmpty();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void The_set_finds_the_teams_folders_and_ignores_no_difference()
    {
        var text = File.ReadAllText(Path.Combine(Example, "servers.yaml"));
        var set = YamlJson.ReadAll(Path.Combine(Example, "servers.yaml"))[0]!["spec"]!;

        ((string?)set["generators"]![0]!["git"]!["directories"]![0]!["path"]).Should().Be("helm/mcp-*");
        Charts.Should().OnlyContain(c => c.StartsWith("mcp-"));
        ((bool?)set["template"]!["spec"]!["syncPolicy"]!["automated"]!["selfHeal"]).Should().BeTrue();
        text.Should().NotContain("ignoreDifferences");
        // What the set passes to each chart, each chart has.
        set["template"]!["spec"]!["source"]!["helm"]!["parameters"]!.AsArray().Select(p => (string)p!["name"]!).Should().OnlyContain(
            p => Charts.All(c => YamlJson.ReadAll(Path.Combine(Example, "helm", c, "values.yaml"))[0]!.AsObject().ContainsKey(p)));
    }
}
