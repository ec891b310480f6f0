using System.Diagnostics;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>
/// <c>hack/platform.sh</c> needs a container engine to do its work. Without one it can be seen what it would do, and that the chart takes what it
/// would be given.
/// </summary>
public sealed class PlatformScriptTests
{
    [TestCase("k3d", "k3d registry create mcp.localhost")]
    [TestCase("kind", "docker run -d --name mcp-registry")]
    public async Task It_tells_every_command_without_any_of_the_programs(string with, string first)
    {
        var run = await ScriptRun.StartAsync("hack/platform.sh", ["up", "--with", with, "--dry-run"], Suite.Say);

        run.ExitCode.Should().Be(0, run.Said);
        run.Output.Should().StartWith(first);
        run.Output.Should().Contain($"--context {with}-mcp").And.Contain("serving-core.yaml").And.Contain("kourier.yaml").And.Contain("prometheus-operator").And.Contain("kind: Deployment\nmetadata:\n  name: keycloak")
            .And.Contain("helm upgrade --install mcp-operator").And.NotContain("KEYCLOAK_IMAGE");
        run.Output.Split('\n').Where(l => l.Contains("https://", StringComparison.Ordinal)).Should().OnlyContain(l => l.Contains("/v1.18.0", StringComparison.Ordinal) || l.Contains("-v1.18.0", StringComparison.Ordinal) || l.Contains("/v0.85.0", StringComparison.Ordinal), "versions are pinned");
    }

    [Test]
    public async Task Its_manifests_are_yaml_and_the_chart_takes_its_values()
    {
        var folder = Path.Combine(Repository.Root, "hack", "platform");
        foreach (var file in (string[])["prometheus.yaml", "keycloak.yaml"])
        {
            YamlJson.ReadAll(Path.Combine(folder, file)).Should().OnlyContain(o => o!["kind"] != null);
        }

        if (Suite.NoHelm is { } why)
        {
            Assert.Ignore($"helm cannot be had here: {why}");
        }

        using var helm = Process.Start(new ProcessStartInfo(Path.Combine(Suite.Programs, "helm"),
            ["template", Path.Combine(Repository.Root, "charts", "mcp-operator"), "--values", Path.Combine(folder, "values.yaml"), "--values", Path.Combine(folder, "values-keycloak.yaml")])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (helm.StandardOutput.ReadToEndAsync(), helm.StandardError.ReadToEndAsync());
        await helm.WaitForExitAsync();
        helm.ExitCode.Should().Be(0, await error);
        (await output).Should().Contain("insecure: true");
    }
}
