using System.Text.Json.Nodes;

namespace McpOperator.Cli.Tests;

/// <summary><c>mcp-operator check</c></summary>
public sealed class CheckTests : CommandLineTest
{
    private const string Good = """
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPServer
        metadata:
          name: good
        spec:
          image: ghcr.io/acme/x@sha256:1111111111111111111111111111111111111111111111111111111111111111
          toolConfigRef: {name: tools}
          tools: [{name: a}, {name: b}]
        """;

    private const string Clash = """
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPToolConfig
        metadata:
          name: tools
        spec:
          toolsOverride:
            a:
              name: b
        """;

    [SetUp]
    public void WriteConfiguration() => Write("config.yaml", "images:\n  allowedRegistries: [ghcr.io/acme]\n");

    private (int Code, string Out, string Error) Check(params string[] arguments) => Run(["check", "--config", At("config.yaml"), .. arguments]);

    [Test]
    public void A_good_file_passes_and_what_was_not_checked_is_said()
    {
        var (code, output, error) = Check("-f", Write("good.yaml", Good));

        code.Should().Be(0, output);
        output.Should().BeEmpty();
        error.Should().Contain("not checked").And.Contain("image signatures");
    }

    [Test]
    public void A_violation_has_its_place_and_reason()
    {
        var bad = Write("bad.yaml", Good.Replace("@sha256:", ":v1 #", StringComparison.Ordinal));

        var (code, output, _) = Check("-f", bad);

        code.Should().Be(Commands.InputError);
        output.Should().StartWith($"{bad}:6:").And.Contain("spec.image: ").And.Contain("[ImageNotPinned]");
    }

    [Test]
    public void Files_are_seen_together_and_a_broken_one_hides_no_other()
    {
        var (code, output, _) = Check("-f", Write("broken.yaml", "a: ["), "-f", Write("good.yaml", Good), "-f", Write("tools.yaml", Clash));

        code.Should().Be(Commands.InputError);
        output.Should().Contain("[Unreadable]").And.Contain("good.yaml:7:").And.Contain("tools.yaml:6:").And.Contain("[ToolNameCollision]");
    }

    [Test]
    public void Machines_get_JSON_or_SARIF()
    {
        var bad = Write("bad.yaml", Good.Replace("ghcr.io/acme", "evil.example.net", StringComparison.Ordinal));

        var list = JsonNode.Parse(Check("-f", bad, "-o", "json").Out)!.AsArray();
        ((string?)list.Should().ContainSingle().Subject!["reason"]).Should().Be("RegistryNotAllowed");

        var run = JsonNode.Parse(Check("-f", bad, "-o", "sarif").Out)!["runs"]![0]!;
        ((string?)run["results"]![0]!["ruleId"]).Should().Be("RegistryNotAllowed");
        ((int)run["results"]![0]!["locations"]![0]!["physicalLocation"]!["region"]!["startLine"]!).Should().Be(6);
        ((string?)run["tool"]!["driver"]!["rules"]![0]!["id"]).Should().Be("RegistryNotAllowed");
    }

    [Test]
    public void Every_sample_is_what_admission_lets_in_today()
    {
        AllowSamples();
        var samples = Path.Combine(TestKit.Repository.Root, "config", "samples");
        var files = File.ReadLines(Path.Combine(samples, "kustomization.yaml")).Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => Path.Combine(samples, line[2..])).ToList();
        files.Should().HaveCountGreaterThan(5);

        var (code, output, _) = Check([.. files.SelectMany(file => new[] { "-f", file })]);

        code.Should().Be(0, output);
    }

    [Test]
    public void The_sample_of_a_session_is_let_in_the_way_it_says()
    {
        AllowSamples();
        var file = Path.Combine("config", "samples", "sessions", "alice.yaml");
        var line = File.ReadLines(Path.Combine(TestKit.Repository.Root, file)).Single(line => line.Contains("| kubectl apply", StringComparison.Ordinal));
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", line.TrimStart('#').Split('|')[0]]) { WorkingDirectory = TestKit.Repository.Root, RedirectStandardOutput = true })!;

        var (code, output, _) = Check("-f", Write("session.yaml", shell.StandardOutput.ReadToEnd()));

        code.Should().Be(0, output);
        Check("-f", Path.Combine(TestKit.Repository.Root, file)).Out.Should().Contain("ExpiryTooFar", "nobody takes the end in the file for one");
    }

    private void AllowSamples() =>
        Write("config.yaml", "images:\n  allowedRegistries: [ghcr.io, quay.io, registry.example.com]\n  signatures: {mode: 'Off'}\n");
}
