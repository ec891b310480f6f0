using System.Text.Json.Nodes;
using McpOperator.Manifests;
using McpOperator.Objects;

namespace McpOperator.Cli.Tests;

[NonParallelizable]
public sealed class CommandTests : CommandLineTest
{
    private static readonly string Digest = "@sha256:" + new string('1', 64);

    private static readonly string Server = $"""
        apiVersion: mcpoperator.io/v1alpha1
        kind: MCPServer
        metadata:
          name: weather
        spec:
          image: ghcr.io/acme/weather{Digest}

        """;

    private static readonly Type[] ChildKinds =
    [
        typeof(V1ServiceAccount), typeof(V1Role), typeof(V1RoleBinding), typeof(V1ControllerRevision), typeof(V1ConfigMap), typeof(V1Secret), typeof(V1NetworkPolicy), typeof(V1Deployment),
        typeof(V1Service), typeof(KnativeService), typeof(V1ServiceMonitor),
    ];

    [SetUp]
    public void WriteConfiguration() => Write("config.yaml", "images:\n  allowedRegistries: [ghcr.io/acme]\n");

    private (int Code, string Out, string Error) Render(string text, params string[] more) =>
        Run(["render", "-f", Write("server.yaml", text), "--config", At("config.yaml"), .. more]);

    [Test]
    public void Render_prints_yaml_that_loads_strictly_again()
    {
        var (code, text, error) = Render(Server);

        code.Should().Be(0);
        error.Should().BeEmpty();
        var children = new ManifestReader(ChildKinds).Read(text, "out.yaml");
        children.Select(c => c.Entity!.Kind).Should().Equal(
            "ServiceAccount", "Role", "RoleBinding", "ControllerRevision", "ConfigMap", "Secret", "NetworkPolicy", "Service", "Service", "ServiceMonitor");
        children.Should().OnlyContain(c => c.Entity!.Metadata.NamespaceProperty == "default");
    }

    [Test]
    public void Render_prints_one_json_list_of_the_same_objects()
    {
        var (code, text, _) = Render(Server, "-o", "json");

        code.Should().Be(0);
        JsonNode.Parse(text)!["kind"]!.GetValue<string>().Should().Be("List");
        ManifestWriter.ToYaml(new ManifestReader(ChildKinds).Read(text, "out.json").Select(c => (IKubernetesObject)c.Entity!)).Should().Be(Render(Server).Out);
    }

    [Test]
    public void Render_reads_standard_input()
    {
        var stdin = Console.In;
        try
        {
            Console.SetIn(new StringReader(Server));
            Run("render", "-f", "-", "--config", At("config.yaml")).Out.Should().Be(Render(Server).Out);
        }
        finally
        {
            Console.SetIn(stdin);
        }
    }

    [Test]
    public void Render_takes_a_namespace_and_a_cluster_without_knative()
    {
        var (_, text, _) = Render(Server, "-n", "team-b", "--no-knative");

        text.Should().Contain("namespace: team-b").And.Contain("kind: Deployment").And.NotContain("serving.knative.dev");
    }

    [Test]
    public void An_unknown_field_is_an_error_with_its_line()
    {
        var (code, text, error) = Render(Server + "  transprot: sse\n");

        code.Should().Be(1);
        text.Should().BeEmpty();
        error.Should().Contain("server.yaml:7:3: spec.transprot: unknown field").And.Contain("transport");
    }

    [Test]
    public void A_refused_spec_is_an_error_at_its_place_and_nothing_is_printed()
    {
        var (code, text, error) = Render(Server.Replace(Digest, ":1", StringComparison.Ordinal));

        code.Should().Be(1);
        text.Should().BeEmpty();
        error.Should().MatchRegex(@"server\.yaml:6:\d+: spec\.image: .*not pinned");
    }

    [Test]
    public void A_missing_tool_configuration_closes_the_tools_and_makes_no_workload()
    {
        var (code, text, error) = Render(Server + "  toolConfigRef: {name: tools}\n");

        code.Should().Be(1);
        error.Should().Contain("there is no MCPToolConfig 'tools'");
        text.Should().Contain("kind: NetworkPolicy").And.Contain("Until then no tool is shown").And.NotContain("serving.knative.dev");
    }

    [Test]
    public void A_missing_file_is_told_in_a_line()
    {
        var (code, _, error) = Run("render", "-f", At("none.yaml"));

        code.Should().Be(1);
        error.Should().Contain("none.yaml").And.NotContain("   at ");
    }

    [Test]
    public void Without_a_configuration_no_registry_is_allowed() => Run("render", "-f", Write("s.yaml", Server)).Error.Should().Contain("the list of allowed registries is empty");

    [Test]
    public void Crds_prints_all_four_definitions()
    {
        var (code, text, _) = Run("crds");

        code.Should().Be(0);
        new ManifestReader([]) { AllowOtherKinds = true }.Read(text, "crds.yaml").Select(m => m.Json["metadata"]!["name"]!.GetValue<string>())
            .Should().BeEquivalentTo("mcpservers.mcpoperator.io", "mcptoolconfigs.mcpoperator.io", "mcpaccessgrants.mcpoperator.io", "mcpagentsessions.mcpoperator.io");
    }

    [Test]
    public void Version_prints_one_line() => Run("version").Out.Should().MatchRegex(@"\A\d+\.\d+\.\d+[^\n]*\r?\n\z");

    // text → place and message
    [TestCase("imagse: {}\n", "c.yaml:1:1: imagse: unknown field")]
    [TestCase("\nimages:\n  allowed: []\n", "c.yaml:3:3: images.allowed: unknown field")]
    [TestCase("access:\n  mode: Lax\n", "c.yaml:2:*access.mode:*")]
    [TestCase("images: {}\nnetwork:\n  clusterCidrs: [10.0.0.0/8, 10.0.0.1/8]\n", "c.yaml:3:*network.clusterCidrs*'10.0.0.1/8' is no range of addresses*")]
    [TestCase("network:\n  proxyEgress:\n  - ports: [443]\n", "c.yaml:3:*network.proxyEgress[[]0]*names neither namespaces nor cidrs*")]
    [TestCase("network:\n  apiServerPorts: [0]\n", "c.yaml:2:*network.apiServerPorts*0 is no port*")]
    [TestCase("\n\nproxy:\n  image: ghcr.io/acme/proxy:1\n", "c.yaml:4:*proxy.image: 'ghcr.io/acme/proxy:1' is not pinned*")]
    [TestCase("keycloak: {url: 'http://keycloak:8080', realm: agents}\n", "c.yaml:1:*keycloak.url*is http*keycloak.insecure*")]
    [TestCase("keycloak: {url: 'https://admin:pw@keycloak', realm: agents}\n", "c.yaml:1:*keycloak.url*is no address*")]
    [TestCase("keycloak: {url: 'https://keycloak'}\n", "c.yaml:1:*keycloak*no tenant has a realm*")]
    [TestCase("keycloak:\n  url: https://keycloak\n  realmByTenant: {a: master}\n", "c.yaml:3:*keycloak.realmByTenant*'master' is the realm of Keycloak's own administrators*")]
    [TestCase("keycloak:\n  url: https://keycloak\n  realm: a\n  certificateAuthorities: nonsense\n", "c.yaml:4:*holds no certificate*")]
    [TestCase("auth:\n  certificateAuthorities: nonsense\n", "c.yaml:2:*auth.certificateAuthorities*holds no certificate*")]
    [TestCase("keycloak:\n  resyncSeconds: 0\n", "c.yaml:2:*keycloak.resyncSeconds*0 is out of range*")]
    [TestCase("proxy:\n  sessionKeySeconds: 60\n", "c.yaml:2:*proxy.sessionKeySeconds*60 is too short*")]
    [TestCase("quotas:\n  sharedLimits:\n    url: valkey:6379\n", "c.yaml:3:*quotas.sharedLimits.url*is no address*rediss://*")]
    [TestCase("quotas:\n  sharedLimits:\n    url: rediss://user:pw@valkey.limits.svc\n", "c.yaml:3:*quotas.sharedLimits.url*without credentials*")]
    [TestCase("quotas:\n  sharedLimits:\n    url: redis://valkey.limits.svc\n", "c.yaml:3:*quotas.sharedLimits.url*without TLS*quotas.sharedLimits.insecure*")]
    [TestCase("quotas:\n  sharedLimits: {url: 'rediss://valkey.example.com'}\n", "c.yaml:2:*quotas.sharedLimits*is missing*knows no host names*")]
    [TestCase("quotas:\n  sharedLimits:\n    peer: {cidrs: [10.0.0.1/32]}\n", "c.yaml:3:*quotas.sharedLimits.peer*and ports*")]
    [TestCase("quotas:\n  sharedLimits:\n    peer: {cidrs: [10.0.0.1/8], ports: [6379]}\n", "c.yaml:3:*quotas.sharedLimits.peer.cidrs*'10.0.0.1/8' is no range of addresses*")]
    [TestCase("quotas:\n  sharedLimits:\n    timeoutMilliseconds: 9\n", "c.yaml:3:*quotas.sharedLimits.timeoutMilliseconds*9 is out of range*")]
    [TestCase("quotas:\n  sharedLimits:\n    keyPrefix: 'a:b'\n", "c.yaml:3:*quotas.sharedLimits.keyPrefix*is none*")]
    [TestCase("quotas:\n  sharedLimits:\n    certificateAuthorities: nonsense\n", "c.yaml:3:*quotas.sharedLimits.certificateAuthorities*holds no certificate*")]
    public void A_bad_configuration_is_refused_with_its_line(string text, string message)
    {
        var error = FluentActions.Invoking(() => ConfigurationFile.Parse(text, "c.yaml")).Should().Throw<ManifestException>().Which.Errors[0].ToString();

        var pattern = "^" + System.Text.RegularExpressions.Regex.Escape(message.Replace("[[]", "[", StringComparison.Ordinal)).Replace("\\*", ".*", StringComparison.Ordinal);
        error.Should().MatchRegex(pattern);
    }

    [TestCase("")]
    [TestCase("# nothing\n")]
    [TestCase("{}")]
    public void An_empty_configuration_is_the_shipped_one(string text) =>
        ConfigurationFile.Parse(text, "c.yaml").Should().BeEquivalentTo(new Api.Configuration.OperatorConfiguration());
}
