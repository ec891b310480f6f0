using System.Text.RegularExpressions;
using McpOperator.Api.V1Alpha1;
using McpOperator.Manifests;

namespace McpOperator.Cli.Tests;

/// <summary>
/// <c>mcp-operator convert</c>: what comes out is compared with a file, pinned, and then checked and rendered by the product's own
/// commands. <c>UPDATE_GOLDEN=1</c> rewrites the files; read the difference.
/// </summary>
[NonParallelizable]
public sealed partial class ConvertTests : CommandLineTest
{
    private const string Digest = "@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    [TestCase("toolhive-lab")]
    [TestCase("toolhive-lab", "--keep-open")]
    [TestCase("toolhive-current")]
    [TestCase("mcp-runtime", "--sessions-until", "SOON")]
    [TestCase("mcp-runtime", "--sessions-until", "SOON", "--keep-open")]
    public void What_comes_out_is_as_expected_and_passes_check_and_render(string name, params string[] options)
    {
        var soon = DateTime.UtcNow.AddHours(20).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var open = options.Contains("--keep-open");
        var expected = Path.Combine(Cases, $"{name}{(open ? ".open" : "")}.expected.yaml");

        var (code, output, error) = Run(["convert", "-f", Path.Combine(Cases, name + ".yaml"), .. options.Select(o => o == "SOON" ? soon : o)]);

        code.Should().Be(0, error);
        var stable = output.Replace(soon, "SOON", StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(expected, stable);
        }

        stable.Should().Be(File.ReadAllText(expected), $"{expected} says so; UPDATE_GOLDEN=1 rewrites it");
        error.Contains("ServiceMonitor mcp-openshift is left out", StringComparison.Ordinal).Should().Be(name == "toolhive-lab");

        // What is left for a person, as the comments say: pinning the images, and naming the program that the bridge starts.
        var converted = Write("converted.yaml", Unpinned().Replace(output, m => m.Value + Digest).Replace("  transport: stdio\n", "  transport: stdio\n  command: [/server]\n", StringComparison.Ordinal));
        var profile = Write("profile.yaml", """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: profile, labels: {mcpoperator.io/permission-profile: "true"}}
            data: {profile.json: "egress: []"}
            """);
        var config = Write("config.yaml", $$"""
            images:
              allowedRegistries: [quay.io/containers, ghcr.io/stackloklabs, ghcr.io/acme, mirror.example.org:5000, 10.96.23.191:5000]
            access: {laxestMode: {{(open ? "Open" : "Enforce")}}, requireSession: {{(open ? "false" : "true")}}}
            """);
        var (checkedCode, findings, _) = Run("check", "-f", converted, profile, "--config", config);
        findings.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(f => !f.StartsWith("warning: ", StringComparison.Ordinal)).Should().BeEmpty();
        checkedCode.Should().Be(0);
        var (renderedCode, children, problems) = Run("render", "-f", converted, profile, "--config", config);
        renderedCode.Should().Be(0, problems);
        var servers = new ManifestReader(typeof(MCPServer), typeof(MCPToolConfig), typeof(MCPAccessGrant), typeof(MCPAgentSession)).Read(output, "converted.yaml").Count(m => m.Entity is MCPServer);
        Regex.Count(children, "(?m)^kind: NetworkPolicy$").Should().Be(servers).And.BePositive();
    }

    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, transprot: sse}", "spec.transprot: unknown field")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, transport: carrier-pigeon}", "spec.transport: 'carrier-pigeon' is none of its values")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, replicas: two}", "spec.replicas: must be a whole number, and is two")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, port: 1, proxyPort: 2}", "spec.port: says 1, and proxyPort says 2")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, permissionProfile: {name: network, typ: builtin}}", "spec.permissionProfile.typ: unknown field")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{image: a, rateLimiting: {shared: {maxTokens: 1, refillPeriod: soon}}}", "spec.rateLimiting.shared: needs maxTokens, and refillPeriod as a duration")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPServer", "{transport: sse}", "spec.image: is missing")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPToolConfig", "{toolsFilter: [1]}", "spec.toolsFilter: must be a list of texts")]
    [TestCase("toolhive.stacklok.dev/v1beta1", "MCPToolConfig", "{toolsOverride: {a: b}}", "spec.toolsOverride")]
    [TestCase("mcpruntime.org/v1alpha1", "MCPAccessGrant", "{serverRef: {name: a, namespace: other}, subject: {humanID: b}}", "spec.serverRef: names a server of namespace other")]
    [TestCase("mcpruntime.org/v1alpha1", "MCPAccessGrant", "{serverRef: {name: a}, subject: {}}", "spec.subject: names nobody, which there means everybody")]
    [TestCase("mcpruntime.org/v1alpha1", "MCPAgentSession", "{serverRef: {name: a}, subject: {humanID: b}}", "spec.expiresAt: is missing, and here every session ends")]
    [TestCase("mcpruntime.org/v1alpha1", "MCPAgentSession", "{serverRef: {name: a}, subject: {teamID: b}, expiresAt: \"2026-01-01T00:00:00Z\"}", "spec.subject: names neither a user nor an agent")]
    public void What_it_does_not_know_or_cannot_decide_is_an_error_with_its_place_and_nothing_comes_out(string apiVersion, string kind, string spec, string problem)
    {
        var file = Write("in.yaml", $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: x, namespace: team}}\nspec: {spec}\n");

        var (code, output, error) = Run("convert", "-f", Path.Combine(Cases, "toolhive-lab.yaml"), file);

        code.Should().Be(1);
        error.Should().Contain(file + ":4:").And.Contain(problem);
        output.Should().BeEmpty();
    }

    [Test]
    public void A_charts_template_is_sent_through_helm_first()
    {
        var file = Write("in.yaml", "apiVersion: toolhive.stacklok.dev/v1alpha1\nkind: MCPServer\nmetadata:\n  name: fetch\n  namespace: {{ .Values.namespace }}\n");

        Run("convert", "-f", file).Error.Should().Contain(":5:14: is a template of a chart").And.Contain("helm template");
    }

    [Test]
    public void A_foreign_name_cannot_end_its_comment()
    {
        var file = Write("in.yaml", "apiVersion: toolhive.stacklok.dev/v1beta1\nkind: MCPServer\nmetadata: {name: \"x\\nkind: Secret\"}\nspec: {image: a, groupRef: \"a\\nkind: Secret\"}\n");

        Run("convert", "-f", file).Out.Split('\n').Should().NotContain("kind: Secret");
    }

    [TestCase("1h30m", 5400)]
    [TestCase("0.5s", 0.5)]
    [TestCase("100ms", 0.1)]
    [TestCase("5", null)]
    [TestCase("-5m", null)]
    [TestCase("m", null)]
    [TestCase("", null)]
    public void Durations_are_read_as_go_writes_them(string text, double? seconds) => Convert.GoDuration.Parse(text)?.TotalSeconds.Should().Be(seconds);

    private static string Cases { get; } = Path.Combine(FindRoot(AppContext.BaseDirectory), "test", "McpOperator.Cli.Tests", "convert");

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "McpOperator.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);

    [GeneratedRegex("(?m)^  image: [^@\n]+$")]
    private static partial Regex Unpinned();
}
