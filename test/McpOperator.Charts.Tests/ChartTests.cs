using System.Text.Json.Nodes;
using McpOperator.ChartGen;
using McpOperator.TestKit;

// Some of them share two cores with a whole control plane.
[assembly: NonParallelizable]

namespace McpOperator.Charts.Tests;

/// <summary>What the chart says, by the real helm and without a cluster. <c>UPDATE_GOLDEN=1</c> rewrites what is expected; read the difference.</summary>
public sealed class ChartTests
{
    private static string Cases => Path.Combine(Repository.Root, "test", "McpOperator.Charts.Tests", "cases");

    private static IEnumerable<string> Names => Directory.EnumerateDirectories(Cases).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal);

    [Test]
    public void Generated_files_are_current() => ChartFiles.Make(Repository.Root).Differences(Repository.Root).Should().BeEmpty("`make generate` was forgotten");

    [Test]
    public void Helm_finds_nothing_to_complain_of() => DeliveryTools.Run("helm", "lint", "--strict", Chart.Folder).Should().NotContain("WARNING");

    [TestCaseSource(nameof(Names))]
    public void A_case_renders_as_expected(string name)
    {
        var expected = Path.Combine(Cases, name, "expected.yaml");
        var actual = WithoutDefinitions(Chart.Render(ArgumentsOf(name)));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(expected, actual);
        }

        actual.Should().Be(File.ReadAllText(expected), $"cases/{name}/expected.yaml says so; UPDATE_GOLDEN=1 rewrites it");
    }

    [TestCase("replicaz=3", "replicaz")]
    [TestCase("replicas=0", "replicas")]
    [TestCase("config.quotas.mode=sometimes", "config.quotas.mode")]
    [TestCase("config.images.allowedRegistry={ghcr.io/acme}", "allowedRegistry")]
    [TestCase("config.network.operatorNamespace=elsewhere", "operatorNamespace")]
    [TestCase("webhooks.failurePolicy=Perhaps", "webhooks.failurePolicy")]
    [TestCase("image.digest=latest", "image.digest")]
    public void A_value_that_cannot_be_is_refused_by_name(string value, string named)
    {
        var (code, _, error) = DeliveryTools.Try("helm", "template", Chart.Folder, "--set", value);

        code.Should().NotBe(0);
        error.Should().Contain(named);
    }

    [Test]
    public void The_definitions_are_those_of_the_kustomize_tree_and_outlive_the_release_unless_told_otherwise()
    {
        foreach (var keep in (bool[])[true, false])
        {
            var definitions = Chart.Objects("--kube-version", "1.30.0", "--set", $"crds.keep={(keep ? "true" : "false")}").Where(o => (string?)o["kind"] == "CustomResourceDefinition").ToList();
            definitions.Should().HaveCount(4);
            foreach (var definition in definitions)
            {
                ((string?)definition["metadata"]!["annotations"]?["helm.sh/resource-policy"]).Should().Be(keep ? "keep" : null);
                var file = $"mcpoperator.io_{((string)definition["metadata"]!["name"]!).Split('.')[0]}.yaml";
                var own = YamlJson.ReadAll(Path.Combine(Repository.Root, "crds", "bases", file))[0]!;
                JsonNode.DeepEquals(definition["spec"], own["spec"]).Should().BeTrue(file);
            }
        }

        Chart.Render("--kube-version", "1.24.0").Should().NotContain("x-kubernetes-validations", "helm would refuse to install what such an API server does not know");
        Chart.Objects("--set", "crds.install=false").Should().NotContain(o => (string?)o["kind"] == "CustomResourceDefinition");
    }

    [Test]
    public void Chart_and_kustomize_tree_give_the_same_rights_webhooks_and_pod()
    {
        var chart = Chart.Objects();
        var tree = Directory.EnumerateFiles(Path.Combine(Repository.Root, "config"), "*.yaml", SearchOption.AllDirectories)
            .Where(f => new[] { "rbac", "manager", "webhook" }.Contains(Path.GetFileName(Path.GetDirectoryName(f))))
            .SelectMany(YamlJson.ReadAll).OfType<JsonObject>().Where(o => (string?)o["kind"] != "Kustomization").ToList();

        foreach (var wanted in tree.Where(o => (string?)o["kind"] is not ("Deployment" or "ConfigMap")))
        {
            var made = chart.One((string)wanted["kind"]!, (string)wanted["metadata"]!["name"]!);
            foreach (var field in wanted.Select(f => f.Key).Except(["metadata", "spec"]))
            {
                JsonNode.DeepEquals(made[field], wanted[field]).Should().BeTrue($"{wanted["kind"]} {wanted["metadata"]!["name"]}: {field} is\n{made[field]}\nand not\n{wanted[field]}");
            }
        }

        var (container, inTree) = (ContainerOf(chart.One("Deployment")), ContainerOf(tree.One("Deployment")));
        foreach (var field in (string[])["ports", "livenessProbe", "readinessProbe", "resources", "securityContext", "volumeMounts"])
        {
            JsonNode.DeepEquals(container[field], inTree[field]).Should().BeTrue($"{field} is\n{container[field]}\nand not\n{inTree[field]}");
        }

        container["args"]!.AsArray().Select(a => (string)a!).Should().Contain(inTree["args"]!.AsArray().Select(a => (string)a!));

        static JsonNode ContainerOf(JsonObject deployment) => deployment["spec"]!["template"]!["spec"]!["containers"]![0]!;
    }

    [Test]
    public void In_one_namespace_it_may_write_nothing_elsewhere()
    {
        var cluster = Chart.Objects("--set", "watchNamespace=team-a").Single(o => (string?)o["kind"] == "ClusterRole" && (string?)o["metadata"]!["name"] == "mcp-operator-mcp-operator-system");

        // To ask whether somebody may do something stores nothing.
        bool Asks(System.Text.Json.Nodes.JsonNode? rule) => (string?)rule!["resources"]![0] == "subjectaccessreviews" && rule["resources"]!.AsArray().Count == 1;

        foreach (var rule in cluster["rules"]!.AsArray().Where(r => r!["resourceNames"] is null && !Asks(r)))
        {
            rule!["verbs"]!.AsArray().Select(v => (string)v!).Should().BeSubsetOf(["get", "list", "watch"], rule.ToJsonString());
            rule["resources"]!.AsArray().Select(r => (string)r!).Should().BeSubsetOf(["namespaces", "customresourcedefinitions"], rule.ToJsonString());
        }
    }

    [Test]
    public void No_role_of_the_operator_has_a_star()
    {
        foreach (var role in Chart.Objects().Where(o => (string?)o["kind"] is "ClusterRole" or "Role"))
        {
            role["rules"]!.ToJsonString().Should().NotContain("\"*\"").And.NotContain("escalate").And.NotContain("impersonate").And.NotContain("\"bind\"");
        }
    }

    private static string[] ArgumentsOf(string name)
    {
        var arguments = Path.Combine(Cases, name, "arguments");
        return ["--values", Path.Combine(Cases, name, "values.yaml"), .. File.Exists(arguments) ? File.ReadAllLines(arguments) : []];
    }

    /// <summary>The definitions are compared elsewhere, and the version changes with every release.</summary>
    private static string WithoutDefinitions(string rendered) => string.Concat(
        rendered.Split("---\n").Where(d => d.Length > 0 && !d.Contains("\nkind: CustomResourceDefinition\n", StringComparison.Ordinal)).Select(d => "---\n" + d))
        .Replace(Version, "VERSION", StringComparison.Ordinal);

    private static string Version { get; } = typeof(ChartFiles).Assembly.GetName().Version!.ToString(3);
}
