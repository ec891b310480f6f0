using System.Text.Json;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.CrdGen;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Crds.Tests;

public sealed class SamplesTests
{
    private static string Config => Path.Combine(Repository.Root, "config");

    private static IEnumerable<string> SampleFiles() =>
        Directory.EnumerateFiles(Path.Combine(Config, "samples"), "*.yaml", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "kustomization.yaml")
            .Select(f => Path.GetRelativePath(Repository.Root, f))
            .Order(StringComparer.Ordinal);

    /// <summary>The reader of the CLI, so that a sample that loads here loads there.</summary>
    private static IEnumerable<Manifest> Load(string file) =>
        new ManifestReader(CustomResourceDefinitions.Kinds) { AllowOtherKinds = true }.Read(File.ReadAllText(Path.Combine(Repository.Root, file)), file);

    private static IEnumerable<Manifest> Ours(string file) => Load(file).Where(m => m.Entity is not null);

    [TestCaseSource(nameof(SampleFiles))]
    public void A_sample_loads_strictly(string file)
    {
        Ours(file).Should().NotBeEmpty();
        foreach (var manifest in Ours(file))
        {
            manifest.Json.Deserialize(manifest.Entity!.GetType(), KubernetesJson.StrictOptions).Should().NotBeNull();
        }
    }

    [Test]
    public void Every_permission_profile_in_the_samples_can_be_read()
    {
        var profiles = SampleFiles().SelectMany(Load).Where(m => m.Json["metadata"]!["labels"]?[Labels.PermissionProfile]?.ToString() == "true").ToList();

        profiles.Should().NotBeEmpty();
        foreach (var profile in profiles)
        {
            StrictYaml.Load<PermissionProfile>((string)profile.Json["data"]!["profile.yaml"]!, profile.File).Egress.Should().NotBeEmpty();
        }
    }

    [Test]
    public void Every_spec_field_stands_in_some_sample()
    {
        var set = SampleFiles().SelectMany(Ours).SelectMany(o => BoundsTests.Paths(o.Entity!.Kind, o.Json["spec"], "spec").Select(p => (o.Entity!.Kind, p))).ToHashSet();

        Fields.All.Where(f => f.Path.StartsWith("spec", StringComparison.Ordinal) && !set.Contains((f.Kind, f.Path))).Should().BeEmpty();
    }

    [Test]
    public void A_misspelt_field_does_not_load()
    {
        var sample = Rejections.Valid("MCPServer");
        sample["spec"]!["transprot"] = "stdio";

        var act = () => sample.Deserialize<McpOperator.Api.V1Alpha1.MCPServer>(KubernetesJson.StrictOptions);

        act.Should().Throw<JsonException>().WithMessage("*transprot*");
    }

    [Test]
    public void Every_image_in_the_samples_is_pinned() =>
        SampleFiles().SelectMany(Ours).Select(o => (string?)o.Json["spec"]!["image"]).OfType<string>()
            .Should().OnlyContain(image => System.Text.RegularExpressions.Regex.IsMatch(image, "@sha256:[0-9a-f]{64}$"));

    [Test]
    public void Every_file_of_a_kustomization_exists_and_every_file_is_in_one()
    {
        foreach (var kustomization in Directory.EnumerateFiles(Config, "kustomization.yaml", SearchOption.AllDirectories))
        {
            var folder = Path.GetDirectoryName(kustomization)!;
            var content = YamlJson.ReadAll(kustomization)[0]!;
            var patches = content["patches"]?.AsArray().Select(p => (string)p!["path"]!) ?? [];
            var resources = content["resources"]!.AsArray().Select(r => (string)r!).Concat(patches).ToList();
            resources.Should().OnlyContain(r => File.Exists(Path.Combine(folder, r)) || File.Exists(Path.Combine(folder, r, "kustomization.yaml")), kustomization);
            Directory.EnumerateFiles(folder, "*.yaml").Select(f => Path.GetFileName(f)!).Where(f => f != "kustomization.yaml")
                .Should().BeSubsetOf(resources, $"{kustomization} would leave it out");
        }
    }

    [Test]
    public void The_shipped_configuration_loads_strictly_and_says_what_holds_without_it()
    {
        var configMap = YamlJson.ReadAll(Path.Combine(Config, "manager", "configuration.yaml"))[0]!;
        var configuration = StrictYaml.Load<OperatorConfiguration>((string)configMap["data"]!["config.yaml"]!, "config.yaml");

        configuration.Should().BeEquivalentTo(new OperatorConfiguration());
    }

    /// <summary>Nobody can grant what they do not hold: without these the API server refuses the proxy's Role.</summary>
    [Test]
    public void The_operator_holds_what_it_grants_to_the_proxy()
    {
        var rules = YamlJson.ReadAll(Path.Combine(Config, "rbac", "role.yaml"))[0]!["rules"]!.AsArray();

        var verbs = rules.Where(r => r!["apiGroups"]!.AsArray().Any(g => (string)g! == "") && r["resources"]!.AsArray().Any(x => (string)x! == "configmaps"))
            .SelectMany(r => r!["verbs"]!.AsArray()).Select(v => (string)v!);

        verbs.Should().Contain(["get", "watch"]);
        rules.Should().NotContain(r => r!.ToJsonString(null).Contains('*'), "least privilege has no wildcards");
    }
}
