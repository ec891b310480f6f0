using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.ChartGen;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>
/// <c>hack/release.sh</c>, but for what takes minutes: images and the command line are built by the demo and the end-to-end tests with the same
/// scripts. Their digests are made up here, to see that chart and manifests name them.
/// </summary>
public sealed partial class ReleaseTests
{
    private const string Parts = "chart,manifests,crds,sbom";

    private static readonly string Version = typeof(ChartFiles).Assembly.GetName().Version!.ToString(3);
    private static readonly (string Operator, string Proxy) Digests = ("sha256:" + new string('a', 64), "sha256:" + new string('b', 64));

    private string _folder = "";

    [OneTimeSetUp]
    public async Task Release()
    {
        _folder = Directory.CreateTempSubdirectory("release-").FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder, "images.txt"), $"mcp-operator {Digests.Operator}\nmcp-proxy {Digests.Proxy}\n");
        await MakeAsync(_folder);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Everything_bears_the_version_of_the_tree_and_has_a_checksum()
    {
        Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Should().BeEquivalentTo(
            "SHA256SUMS", "crds.yaml", "images.txt", "install.yaml", $"mcp-operator-{Version}.tgz", $"mcp-operator-{Version}.cdx.json", $"mcp-proxy-{Version}.cdx.json");
        File.ReadAllLines(Path.Combine(_folder, "SHA256SUMS")).Should().Equal(
            Directory.EnumerateFiles(_folder).Where(f => !f.EndsWith("SHA256SUMS", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(f => $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}  {Path.GetFileName(f)}"));
    }

    [Test]
    public async Task The_same_commit_gives_the_same_files()
    {
        var again = Directory.CreateTempSubdirectory("release-").FullName;
        try
        {
            File.Copy(Path.Combine(_folder, "images.txt"), Path.Combine(again, "images.txt"));
            // Not in the same second: times must not matter.
            await Task.Delay(1100);
            await MakeAsync(again);
            (await File.ReadAllTextAsync(Path.Combine(again, "SHA256SUMS"))).Should().Be(await File.ReadAllTextAsync(Path.Combine(_folder, "SHA256SUMS")));
        }
        finally
        {
            Directory.Delete(again, recursive: true);
        }
    }

    [Test]
    public void The_packed_chart_is_the_tree_s_and_names_images_by_digest()
    {
        var rendered = DeliveryTools.Run("helm", "template", "mcp-operator", Path.Combine(_folder, $"mcp-operator-{Version}.tgz"), "--namespace", "mcp-operator-system");

        rendered.Should().Contain($"mcp-operator@{Digests.Operator}").And.Contain($"mcp-proxy@{Digests.Proxy}").And.Contain($"app.kubernetes.io/version: \"{Version}\"");
        Generalised(rendered).Should().Be(Generalised(Chart.Render("--set", $"image.digest={Digests.Operator},config.proxy.image=ghcr.io/mcp-operator/mcp-proxy@{Digests.Proxy}")));

        // A changed configuration restarts the pods by its checksum, which sees how it is written.
        static string Generalised(string text) => Regex.Replace(text, "checksum/.*", "");
    }

    [Test]
    public void The_manifest_is_the_kustomize_tree_in_the_order_in_which_it_has_to_be_applied()
    {
        var objects = YamlJson.ReadAll(Path.Combine(_folder, "install.yaml")).OfType<JsonObject>().ToList();
        var tree = ((string[])["config/default", "config/rbac", "config/manager", "config/webhook", "crds/bases"]).SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.yaml"))
            .SelectMany(YamlJson.ReadAll).OfType<JsonObject>().Where(o => (string?)o["kind"] != "Kustomization").Select(Named);

        objects.Select(Named).Should().BeEquivalentTo(tree);
        Named(objects[0]).Should().Be("Namespace/mcp-operator-system");
        objects.Where(o => (string?)o["kind"] is "Role" or "RoleBinding" or "Deployment" or "Service" or "ServiceAccount" or "ConfigMap").Should().OnlyContain(
            o => (string?)o["metadata"]!["namespace"] == "mcp-operator-system", "nobody says -n to a file");
        ((string?)objects.One("Deployment")["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]).Should().Be($"ghcr.io/mcp-operator/mcp-operator@{Digests.Operator}");
        Cli.ConfigurationFile.Parse((string)objects.One("ConfigMap")["data"]!["config.yaml"]!, "install.yaml").Proxy.Image.Should().Be($"ghcr.io/mcp-operator/mcp-proxy@{Digests.Proxy}");
        YamlJson.ReadAll(Path.Combine(_folder, "crds.yaml")).Should().HaveCount(4);

        static string Named(JsonObject o) => $"{o["kind"]}/{o["metadata"]!["name"]}";
    }

    /// <summary>What CycloneDX's schema of 1.5 asks of the fields that there are.</summary>
    [TestCase("mcp-operator", "YamlDotNet", "libssl3")]
    [TestCase("mcp-proxy", "System.CommandLine", "ca-certificates")]
    public void The_bill_of_materials_names_packages_with_their_hashes(string name, string package, string debian)
    {
        var bom = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, $"{name}-{Version}.cdx.json")))!;

        ((string?)bom["bomFormat"], (string?)bom["specVersion"], (int?)bom["version"]).Should().Be(("CycloneDX", "1.5", 1));
        ((string)bom["serialNumber"]!).Should().MatchRegex("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$");
        ((string?)bom["metadata"]!["component"]!["version"]).Should().Be(Version);
        var components = bom["components"]!.AsArray().Select(c => c!.AsObject()).ToList();
        components.Should().OnlyContain(c => (string?)c["type"] == "library" && ((string)c["name"]!).Length > 0 && ((string)c["version"]!).Length > 0 && Purl().IsMatch((string)c["purl"]!));
        components.Select(c => (string)c["bom-ref"]!).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(bom["dependencies"]![0]!["dependsOn"]!.AsArray().Select(r => (string)r!));
        ((string)components.Single(c => (string?)c["name"] == package)["hashes"]![0]!["content"]!).Should().MatchRegex("^[0-9a-f]{128}$");
        components.Should().Contain(c => (string?)c["name"] == debian).And.NotContain(c => (string?)c["name"] == "NUnit" || (string?)c["name"] == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
    }

    [Test]
    public async Task Another_version_than_the_tree_s_is_refused_with_what_to_do()
    {
        var run = await ScriptRun.StartAsync("hack/release.sh", ["9.9.9", "--only", "crds", "--dirty", "--out", Path.Combine(_folder, "never")], TestContext.Progress.WriteLine);

        run.ExitCode.Should().Be(1);
        run.Said.Should().Contain($"Directory.Build.props says {Version}, and not 9.9.9; set VersionPrefix there");
        Directory.Exists(Path.Combine(_folder, "never")).Should().BeFalse();
    }

    private static async Task MakeAsync(string folder)
    {
        // helm is asked for first, because its absence is a reason to skip.
        DeliveryTools.Run("helm", "version");
        var run = await ScriptRun.StartAsync("hack/release.sh", [Version, "--only", Parts, "--dirty", "--out", folder], TestContext.Progress.WriteLine);
        run.ExitCode.Should().Be(0, run.Said);
    }

    [GeneratedRegex("^pkg:(nuget|deb/debian)/[A-Za-z0-9.+%-]+@[A-Za-z0-9.%~+-]+([?]distro=[a-z]+)?$")]
    private static partial Regex Purl();
}
