using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.Api;
using McpOperator.Cli;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>The chart on a real API server: installed, upgraded, rolled back, uninstalled, and the operator run as the chart would run it.</summary>
public sealed partial class InstallTests
{
    private const string Ns = "mcp-operator-system";
    private const string Image = "ghcr.io/acme/echo@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private static readonly ResourceType Server = new(ApiGroup.Name, ApiGroup.V1Alpha1, "MCPServer", "mcpservers");
    private static readonly ResourceType ConfigMap = ResourceType.Of<V1ConfigMap>();
    private static readonly ResourceType Secret = ResourceType.Of<V1Secret>();
    private static readonly ResourceType Lease = ResourceType.Of<V1Lease>();
    private static readonly ResourceType Deployment = ResourceType.Of<V1Deployment>();
    private static readonly ResourceType Definition = ResourceType.Of<V1CustomResourceDefinition>();

    private Cluster _cluster = null!;
    private IReadOnlyCollection<string> _before = [];

    private KubeApi Api => _cluster.Api;

    private static void Say(string what) => TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    [OneTimeSetUp]
    public async Task Start()
    {
        DeliveryTools.Run("helm", "version");
        _cluster = await Cluster.StartAsync("chart", Say, ours: false);
        await Api.ApplyAsync(YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "default", "namespace.yaml"))[0]!.AsObject());
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [SetUp]
    public async Task Remember() => _before = await EverythingAsync();

    [Test]
    public async Task Installed_upgraded_rolled_back_and_uninstalled_it_works_and_leaves_nothing_behind()
    {
        Helm("install", "--set", "crds.keep=false,webhooks.failurePolicy=Ignore,config.images.signatures.mode=Off,config.quotas.default.maxServersPerTenant=3", "--set", "config.images.allowedRegistries={ghcr.io/acme}");
        await using (var process = await RunAsInstalledAsync())
        {
            await Eventually.Becomes(() => Api.GetAsync(Lease, Ns, "mcp-operator"), l => !string.IsNullOrEmpty((string?)l["spec"]?["holderIdentity"]), "it leads", () => process.LogEnd);
            await Eventually.Becomes(() => TrustedAsync(), all => all, "both configurations trust its certificate", () => process.LogEnd);
            await Api.ApplyAsync(Parse($$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "echo", "namespace": "default"}, "spec": {"image": "{{Image}}"} }"""));
            await Eventually.Becomes(() => Api.FindAsync(ResourceType.Of<KnativeService>(), "default", "echo-mcp"), o => o is not null, "the server's workload is made", () => process.LogEnd);

            Say("upgrade");
            var certificate = (await Api.GetAsync(Secret, Ns, "mcp-operator-webhook"))["data"]!.ToJsonString();
            Helm("upgrade", "--reuse-values", "--set", "replicas=3,config.quotas.default.maxServersPerTenant=7");
            (await ConfigAsync()).Quotas.Default.MaxServersPerTenant.Should().Be(7);
            ((int?)(await Api.GetAsync(Deployment, Ns, "mcp-operator"))["spec"]!["replicas"]).Should().Be(3);

            Say("rollback");
            Helm("rollback", "1");
            (await ConfigAsync()).Quotas.Default.MaxServersPerTenant.Should().Be(3);
            ((int?)(await Api.GetAsync(Deployment, Ns, "mcp-operator"))["spec"]!["replicas"]).Should().Be(2);

            (await Api.GetAsync(Secret, Ns, "mcp-operator-webhook"))["data"]!.ToJsonString().Should().Be(certificate, "what the operator wrote is none of helm's business");
            (await TrustedAsync()).Should().BeTrue();
            _cluster.Audit.RequestsOf(Cluster.OperatorUser).Where(r => r.IsForbidden).Select(r => r.ToString()).Should().BeEmpty();

            await Api.DeleteAsync(Server, "default", "echo");
            await Eventually.Becomes(() => Api.FindAsync(ResourceType.Of<KnativeService>(), "default", "echo-mcp"), o => o is null, "the server's children go", within: TimeSpan.FromSeconds(90));
        }

        Say("uninstall");
        DeliveryTools.Run("helm", "uninstall", "mcp-operator", "--namespace", Ns, "--kubeconfig", _cluster.Kubeconfig);
        await UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task An_older_definition_is_brought_up_to_date_and_back_and_what_was_stored_survives_the_release()
    {
        var older = OlderChart();
        try
        {
            DeliveryTools.Run("helm", "install", "mcp-operator", older, "--namespace", Ns, "--kubeconfig", _cluster.Kubeconfig, "--set", "webhooks.enabled=false");
            (await SuspendAsync()).Should().BeFalse();
            Helm("upgrade", "--reuse-values");
            (await SuspendAsync()).Should().BeTrue();
            Helm("rollback", "1");
            (await SuspendAsync()).Should().BeFalse();
            Helm("upgrade", "--reuse-values");

            await Api.ApplyAsync(Parse($$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "kept", "namespace": "default"}, "spec": {"image": "{{Image}}"} }"""));
            DeliveryTools.Run("helm", "uninstall", "mcp-operator", "--namespace", Ns, "--kubeconfig", _cluster.Kubeconfig);
            (await Api.GetAsync(Server, "default", "kept"))["spec"]!["image"]!.ToString().Should().Be(Image);

            Helm("install", "--set", "webhooks.enabled=false,crds.keep=false");
            (await Api.GetAsync(Server, "default", "kept"))["spec"]!["image"]!.ToString().Should().Be(Image);
            await Api.DeleteAsync(Server, "default", "kept");
            DeliveryTools.Run("helm", "uninstall", "mcp-operator", "--namespace", Ns, "--kubeconfig", _cluster.Kubeconfig);
            await UntilNothingIsLeftAsync();
        }
        finally
        {
            Directory.Delete(older, recursive: true);
        }

        async Task<bool> SuspendAsync() =>
            (await Api.GetAsync(Definition, null, "mcpservers.mcpoperator.io"))["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["suspend"] is not null;
    }

    [TestCaseSource(nameof(Cases))]
    public async Task The_api_server_takes_everything_that_a_case_renders(string name)
    {
        var folder = Path.Combine(Repository.Root, "test", "McpOperator.Charts.Tests", "cases", name);
        await _cluster.InstallAsync("cert-manager.yaml");
        foreach (var ns in (string[])["team-a", "observability"])
        {
            await Api.ApplyAsync(Parse($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ns}}"} }"""));
        }

        string[] arguments = File.Exists(Path.Combine(folder, "arguments")) ? File.ReadAllLines(Path.Combine(folder, "arguments")) : [];
        if (name == "current-kubernetes" && _cluster.MinorVersion < 30)
        {
            Assert.Ignore($"this API server is 1.{_cluster.MinorVersion}; matchConditions came with 1.30");
        }

        var objects = Chart.Objects(["--kube-version", $"1.{_cluster.MinorVersion}", "--values", Path.Combine(folder, "values.yaml"), .. arguments]);

        foreach (var made in objects)
        {
            var type = await Api.ResourceAsync((string)made["apiVersion"]!, (string)made["kind"]!);
            var stored = await Api.CreateAsync(type, type.Namespaced ? (string)made["metadata"]!["namespace"]! : null, made);
            // An API server drops a field that it does not know without a word, and would take a slip for a good manifest.
            Missing(made, stored, "").Where(f => _cluster.MinorVersion >= 25 || !f.EndsWith(".x-kubernetes-validations", StringComparison.Ordinal))
                .Should().BeEmpty($"{made["kind"]} {made["metadata"]!["name"]}");
        }

        ConfigurationFile.Parse((string)objects.One("ConfigMap")["data"]!["config.yaml"]!, "config.yaml").Network.OperatorNamespace.Should().Be(Ns);
        foreach (var made in objects.Reverse())
        {
            var type = await Api.ResourceAsync((string)made["apiVersion"]!, (string)made["kind"]!);
            await Api.DeleteAsync(type, type.Namespaced ? (string)made["metadata"]!["namespace"]! : null, (string)made["metadata"]!["name"]!);
        }

        await Eventually.Becomes(() => Api.FindAsync(Definition, null, "mcpservers.mcpoperator.io"), d => d is null, "the definitions go");
    }

    private static IEnumerable<string> Cases => Directory.EnumerateDirectories(Path.Combine(Repository.Root, "test", "McpOperator.Charts.Tests", "cases")).Select(d => Path.GetFileName(d)!);

    private void Helm(string command, params string[] arguments) => DeliveryTools.Run(
        "helm", [command, "mcp-operator", .. command == "rollback" ? arguments.Take(1) : [Chart.Folder], "--namespace", Ns, "--kubeconfig", _cluster.Kubeconfig, .. command == "rollback" ? arguments.Skip(1) : arguments]);

    /// <summary>The operator with the account, the arguments and the configuration of the installed Deployment; only where it listens is ours.</summary>
    private async Task<OperatorProcess> RunAsInstalledAsync()
    {
        var pod = (await Api.GetAsync(Deployment, Ns, "mcp-operator"))["spec"]!["template"]!["spec"]!;
        var arguments = pod["containers"]![0]!["args"]!.AsArray().Select(a => (string)a!).ToList();
        arguments[..3].Should().Equal("run", "--config", "/etc/mcp-operator/config.yaml");
        var address = arguments.IndexOf("0.0.0.0:9443");
        arguments[address] = $"127.0.0.1:{OperatorProcess.FreePort()}";
        var (kubeconfig, config) = (Path.Combine(_cluster.Folder, "installed.kubeconfig"), Path.Combine(_cluster.Folder, "installed.yaml"));
        await _cluster.WriteKubeconfigAsync(Ns, (string)pod["serviceAccountName"]!, kubeconfig);
        await File.WriteAllTextAsync(config, (string)(await Api.GetAsync(ConfigMap, Ns, "mcp-operator"))["data"]!["config.yaml"]!);
        return await OperatorProcess.StartAsync(kubeconfig, config, [.. arguments[3..]]);
    }

    private async Task<Api.Configuration.OperatorConfiguration> ConfigAsync() =>
        ConfigurationFile.Parse((string)(await Api.GetAsync(ConfigMap, Ns, "mcp-operator"))["data"]!["config.yaml"]!, "config.yaml");

    private async Task<bool> TrustedAsync()
    {
        var all = true;
        foreach (var kind in (string[])["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"])
        {
            var configuration = await Api.GetAsync(await Api.ResourceAsync("admissionregistration.k8s.io/v1", kind), null, "mcp-operator");
            all &= configuration["webhooks"]!.AsArray().All(w => w!["clientConfig"]!["caBundle"] is not null);
        }

        return all;
    }

    /// <summary>A copy of the chart whose MCPServer lacks a field, as an older release's would.</summary>
    private static string OlderChart()
    {
        var copy = Directory.CreateTempSubdirectory("chart-").FullName;
        foreach (var file in Directory.EnumerateFiles(Chart.Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Chart.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var definition = Path.Combine(copy, "files", "crds", "mcpoperator.io_mcpservers.yaml");
        var older = YamlJson.ReadAll(definition)[0]!;
        older["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!.AsObject().Remove("suspend").Should().BeTrue();
        File.WriteAllText(definition, older.ToJsonString());
        return copy;
    }

    /// <summary>Every object of every kind by its name, without what comes and goes by itself.</summary>
    private async Task<IReadOnlyCollection<string>> EverythingAsync()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var groups = (await Api.SendAsync(HttpMethod.Get, "/apis")).Body["groups"]!.AsArray().Select(g => "/apis/" + (string)g!["preferredVersion"]!["groupVersion"]!);
        foreach (var path in groups.Prepend("/api/v1"))
        {
            var resources = (await Api.SendAsync(HttpMethod.Get, path)).Body["resources"]?.AsArray() ?? [];
            foreach (var resource in resources.Where(r => r!["verbs"]!.AsArray().Any(v => (string?)v == "list") && (string?)r["name"] is not ("events" or "apiservices")))
            {
                var list = await Api.SendAsync(HttpMethod.Get, $"{path}/{resource!["name"]}");
                found.UnionWith((list.Body["items"]?.AsArray() ?? []).Select(i => $"{resource["name"]} {i!["metadata"]!["namespace"]}/{i["metadata"]!["name"]}"));
            }
        }

        return found;
    }

    private Task UntilNothingIsLeftAsync()
    {
        IEnumerable<string> left = [];
        return Eventually.Becomes(
            async () => left = (await EverythingAsync()).Except(_before).Where(o => !InEveryNamespace().IsMatch(o)).ToList(), l => !l.Any(), "nothing is left behind", () => string.Join('\n', left), TimeSpan.FromSeconds(60));
    }

    /// <summary>The fields of a manifest that the API server did not store.</summary>
    private static IEnumerable<string> Missing(JsonNode? wanted, JsonNode? stored, string path) => (wanted, stored) switch
    {
        (JsonObject { Count: 0 } or JsonArray { Count: 0 } or null, _) => [],
        (JsonObject w, JsonObject s) => w.SelectMany(f => Missing(f.Value, s[f.Key], $"{path}.{f.Key}")),
        (JsonArray w, JsonArray s) when w.Count <= s.Count => w.Select((item, i) => (item, i)).SelectMany(x => Missing(x.item, s[x.i], $"{path}[{x.i}]")),
        (JsonValue, JsonValue) => [],
        _ => [path],
    };

    /// <summary>What Kubernetes makes in every namespace, a moment after the namespace.</summary>
    [GeneratedRegex("^(configmaps .*/kube-root-ca.crt|serviceaccounts .*/default|secrets .*/default-token-.*)$")]
    private static partial Regex InEveryNamespace();

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
