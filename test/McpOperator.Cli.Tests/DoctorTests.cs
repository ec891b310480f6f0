using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOperator.Cli.Doctor;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Cli.Tests;

/// <summary>
/// <c>mcp-operator doctor</c> on a real API server with a running operator. Its setup is broken in one place after the other, and each time
/// the doctor has to name the place and the fix, and be content again when it is healed.
/// </summary>
[NonParallelizable]
public sealed class DoctorTests : CommandLineTest
{
    private const string Ns = "mcp-operator-system";
    private const string Image = "ghcr.io/acme/echo@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private static readonly ResourceType ConfigMap = ResourceType.Of<V1ConfigMap>();
    private static readonly ResourceType Namespace = ResourceType.Of<V1Namespace>();
    private static readonly ResourceType Definition = ResourceType.Of<V1CustomResourceDefinition>();
    private static readonly ResourceType Validating = new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false);
    private static readonly ResourceType ClusterRole = new("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", Namespaced: false);
    private static readonly ResourceType Server = new("mcpoperator.io", "v1alpha1", "MCPServer", "mcpservers");

    private readonly int _registryPort = OperatorProcess.FreePort();
    private readonly string _key = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportSubjectPublicKeyInfoPem();
    private readonly HttpListener _registry = new();
    private Cluster _cluster = null!;
    private OperatorProcess _operator = null!;

    /// <summary>One broken setup: how it is broken and healed, and what the doctor has to say.</summary>
    public sealed record Broken(string Name, Func<DoctorTests, Task<Func<Task>>> Break, string Check, string Says, string Fix)
    {
        public override string ToString() => Name;
    }

    private KubeApi Api => _cluster.Api;

    private string Config => $$"""
        images:
          allowedRegistries: ["127.0.0.1:{{_registryPort}}"]
          registries: {insecure: ["127.0.0.1:{{_registryPort}}"]}
          signatures:
            requireTransparencyLog: false
            signers:
            - name: release
              publicKey: {{JsonValue.Create(_key).ToJsonString()}}
        proxy: {image: "ghcr.io/acme/proxy@sha256:{{new string('2', 64)}}"}
        """;

    private static IEnumerable<Broken> Cases =>
    [
        new("definition outdated", t => t.ChangeAsync(Definition, null, "mcpservers.mcpoperator.io", crd =>
            crd["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!.AsObject().Remove("suspend")), "definitions", "mcpservers.mcpoperator.io is of another version", "mcp-operator crds | kubectl apply"),
        new("right missing", t => t.ChangeAsync(ClusterRole, null, "mcp-operator", role =>
            role["rules"]!.AsArray().Remove(role["rules"]!.AsArray().First(r => r!["resources"]!.AsArray().Any(x => (string?)x == "networkpolicies")))), "rights", "create networkpolicies.networking.k8s.io", "config/rbac/role.yaml"),
        new("webhooks not registered", t => t.DeleteAsync(Validating, "mcp-operator"), "webhooks", "There is no ValidatingWebhookConfiguration", "config/webhook"),
        new("webhooks not asked", t => t.DeleteAsync(Validating, "mcp-operator"), "webhooks", "would store a server with an image that is not pinned", "config/webhook"),
        new("webhooks lax", t => t.ChangeAsync(Validating, null, "mcp-operator", c => c["webhooks"]![0]!["failurePolicy"] = "Ignore"), "webhooks", "lets everything in while the operator is down", "failurePolicy to Fail"),
        new("webhooks unreachable", t => t.ChangeAsync(Validating, null, "mcp-operator", c => Distrust(c)), "webhooks", "cannot ask the webhooks", "caBundle"),
        new("certificate not trusted", t => t.ChangeAsync(Validating, null, "mcp-operator", c => Distrust(c)), "webhook-certificate", "does not trust who signed", "patch the configuration"),
        new("Knative missing", t => t.UninstallAsync("services.serving.knative.dev", t._cluster.InstallKnativeAsync), "knative", "Knative Serving is missing", "Install Knative Serving"),
        new("several containers forbidden", t => t.SetAsync("knative-serving", "config-features", "multi-container", "Disabled"), "knative-features", "multi-container is Disabled", "patch configmap config-features"),
        new("empty folders forbidden", t => t.SetAsync("knative-serving", "config-features", "kubernetes.podspec-volumes-emptydir", "Disabled"), "knative-features", "podspec-volumes-emptydir is Disabled", "patch configmap config-features"),
        new("init containers promised", t => t.ConfigureAsync("knative: {initContainers: true}"), "knative-features", "refuses stdio servers", "kubernetes.podspec-init-containers"),
        new("another gateway", t => t.SetAsync("knative-serving", "config-network", "ingress-class", "istio.ingress.networking.knative.dev"), "knative-ingress", "do not let in istio-system", "network.gatewayNamespaces: [knative-serving, kourier-system, istio-system]"),
        new("no DNS", t => t.ConfigureAsync("network: {dnsNamespace: nowhere}"), "namespaces", "nowhere, which does not exist: servers resolve no names", "cluster's DNS"),
        new("namespace without its label", t => t.ChangeAsync(Namespace, null, "kourier-system", ns => ns["metadata"]!["labels"]!.AsObject().Remove("kubernetes.io/metadata.name")), "namespaces", "kourier-system", "kubectl label namespace kourier-system"),
        new("Prometheus Operator missing", t => t.UninstallAsync("servicemonitors.monitoring.coreos.com", t._cluster.InstallPrometheusOperatorAsync), "prometheus-operator", "nobody scrapes", "Install it"),
        new("configuration unreadable", t => t.ConfigureAsync("imagez: {}"), "configuration", "imagez: unknown field", "Correct ConfigMap mcp-operator-system/mcp-operator"),
        new("configuration missing", t => t.DeleteAsync(ConfigMap, "mcp-operator", Ns), "configuration", "There is no ConfigMap", "Install the chart"),
        new("no registry allowed", t => t.ReconfigureAsync("proxy: {image: \"ghcr.io/acme/proxy@sha256:" + new string('2', 64) + "\"}"), "images", "No registry is allowed", "images.allowedRegistries"),
        new("no signer trusted", t => t.ReconfigureAsync("images: {allowedRegistries: [ghcr.io/acme]}"), "images", "no signer is trusted", "images.signatures.signers"),
        new("no proxy", t => t.ReconfigureAsync("images: {allowedRegistries: [ghcr.io/acme]}"), "images", "placeholder", "proxy.image"),
        new("signatures off", t => t.ReconfigureAsync("images: {signatures: {mode: Off}}"), "images", "Signatures are not enforced", "mode: Enforce"),
        new("registry silent", t => t.ReconfigureAsync("images: {allowedRegistries: [\"127.0.0.1:1\"], registries: {insecure: [\"127.0.0.1:1\"]}}"), "registries", "127.0.0.1:1 does not answer", "NetworkPolicy mcp-operator"),
        new("Keycloak without login", t => t.ConfigureAsync("keycloak: {url: \"https://127.0.0.1:1\", realm: agents, timeoutSeconds: 1}"), "keycloak", "no Secret 'mcp-operator-keycloak'", "manage-clients"),
        new("Keycloak away", t => t.WithKeycloakSecretAsync(), "keycloak", "Keycloak does not answer from here for realm agents", "keycloak.url"),
        new("quota reached", t => t.ConfigureAsync("quotas: {default: {maxServersPerTenant: 1}}"), "quotas", "Tenant default has 1 servers of 1", "quotas.tenants.default.maxServersPerTenant"),
        new("definition missing", t => t.DeleteAsync(Definition, "mcpagentsessions.mcpoperator.io"), "definitions", "mcpagentsessions.mcpoperator.io is missing", "mcp-operator crds | kubectl apply"),
    ];

    [OneTimeSetUp]
    public async Task Start()
    {
        _registry.Prefixes.Add($"http://127.0.0.1:{_registryPort}/");
        _registry.Start();
        _ = AnswerAsync();
        _cluster = await Cluster.StartAsync("doctor", line => TestContext.Progress.WriteLine(line));
        foreach (var ns in (string[])["knative-serving", "kourier-system", "monitoring", "kube-system", Ns])
        {
            await Api.ApplyAsync(Parse($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ns}}", "labels": {"kubernetes.io/metadata.name": "{{ns}}"} } }"""));
        }

        await Api.CreateAsync(ConfigMap, "knative-serving", Parse("""{"metadata": {"name": "config-features"}, "data": {"multi-container": "enabled"}}"""));
        await Api.CreateAsync(ConfigMap, "knative-serving", Parse("""{"metadata": {"name": "config-network"}, "data": {"ingress-class": "kourier.ingress.networking.knative.dev"}}"""));
        await Api.CreateAsync(ConfigMap, Ns, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "mcp-operator" }, ["data"] = new JsonObject { ["config.yaml"] = Config } });
        await _cluster.AllowSelfRegistrationAsync();
        var (file, port) = (Path.Combine(_cluster.Folder, "config.yaml"), OperatorProcess.FreePort());
        await File.WriteAllTextAsync(file, "images: {allowedRegistries: [ghcr.io/acme], signatures: {mode: Off}}\n");
        _operator = await OperatorProcess.StartAsync(_cluster.OperatorKubeconfig, file, "--webhook-address", $"127.0.0.1:{port}", "--webhook-url", $"https://127.0.0.1:{port}");
        await Api.CreateAsync(Server, "default", Parse($$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "echo"}, "spec": {"image": "{{Image}}"} }"""));
        await Eventually.Becomes(() => _operator.MetricAsync("mcp_operator_leader"), leads => leads == 1, "it leads", () => _operator.LogEnd);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _registry.Close();
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test, Order(1)]
    public async Task A_good_setup_has_no_problem()
    {
        var (code, findings) = await DiagnoseAsync();

        findings.Where(f => (string?)f["severity"] != "Ok" && (string?)f["check"] != "api-server").Should().BeEmpty();
        code.Should().Be(0);
        findings.Select(f => (string?)f["check"]).Distinct().Should().HaveCount(17);
    }

    [TestCaseSource(nameof(Cases)), Order(2)]
    public async Task A_broken_setup_is_named_with_its_fix(Broken broken)
    {
        var heal = await broken.Break(this);
        try
        {
            var (code, findings) = await DiagnoseAsync();

            var found = findings.FirstOrDefault(f => (string?)f["check"] == broken.Check && (string?)f["severity"] != "Ok" && f["message"]!.ToString().Contains(broken.Says, StringComparison.Ordinal));
            found.Should().NotBeNull($"it should say so among\n{string.Join('\n', findings.Where(f => (string?)f["severity"] != "Ok"))}");
            found!["fix"]!.ToString().Should().Contain(broken.Fix);
            code.Should().Be(findings.Any(f => (string?)f["severity"] == "Problem") ? 1 : 0);
        }
        finally
        {
            await heal();
        }
    }

    [Test, Order(3)]
    public async Task Healed_it_is_content_again() =>
        await Eventually.Becomes(async () => (await DiagnoseAsync()).Findings.Where(f => (string?)f["severity"] == "Problem").ToList(), problems => problems.Count == 0, "no problem is left", () => _operator.LogEnd, TimeSpan.FromSeconds(90));

    [TestCase(10, "clock", "clock and this machine's differ by ", "NTP")]
    [TestCase(10, "operator", "has been silent for", "logs deploy/mcp-operator")]
    [TestCase(60 * 24 * 88, "webhook-certificate", "should have been renewed", "delete secret mcp-operator-webhook")]
    [TestCase(60 * 24 * 100, "webhook-certificate", "ended", "delete secret mcp-operator-webhook")]
    [Order(4)]
    public async Task Time_that_has_passed_or_differs_is_noticed(int minutes, string check, string says, string fix)
    {
        using var client = new KubernetesClient(KubernetesClientConfiguration.Load(_cluster.Kubeconfig));
        var findings = new List<Finding>();
        await foreach (var finding in Diagnosis.RunAsync(new Patient(client, Ns, new ShiftedClock(TimeSpan.FromMinutes(minutes))), null, probe: false, CancellationToken.None))
        {
            findings.Add(finding);
        }

        findings.Where(f => f.Check == check && f.Severity == Severity.Problem).Should().Contain(f => f.Message.Contains(says) && f.Fix.Contains(fix));
    }

    /// <summary>What it says has to be how much they differ: here the machine's clock is that of the API server, so it is known.</summary>
    [TestCase(20, 15, 22)]
    [TestCase(-20, 5, 22)]
    [TestCase(90, 85, 92)]
    [TestCase(3, 0, 0)]
    [Order(5)]
    public async Task Clocks_that_differ_are_told_by_how_much_and_a_little_is_let_pass(int seconds, int least, int most)
    {
        using var client = new KubernetesClient(KubernetesClientConfiguration.Load(_cluster.Kubeconfig));
        var findings = new List<Finding>();
        await foreach (var found in new Doctor.Checks.Clocks().RunAsync(new Patient(client, Ns, new ShiftedClock(TimeSpan.FromSeconds(seconds))), CancellationToken.None))
        {
            findings.Add(found);
        }

        var finding = findings.Should().ContainSingle().Subject;
        if (most == 0)
        {
            finding.Severity.Should().Be(Severity.Ok, finding.Message);
            return;
        }

        finding.Severity.Should().Be(Severity.Problem);
        int.Parse(System.Text.RegularExpressions.Regex.Match(finding.Message, @"differ by (\d+) s").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(least, most);
    }

    /// <summary>There is no node here, so the test does what a node would do to the pods.</summary>
    [TestCase(ProbeCommand.OnlyTheFirst, null, "Ok", "NetworkPolicies are enforced", "")]
    [TestCase(ProbeCommand.Both, null, "Problem", "Nobody enforces NetworkPolicies", "Calico or Cilium")]
    [TestCase(ProbeCommand.Neither, null, "Warning", "nothing is known of NetworkPolicies", "another policy")]
    [TestCase(1, null, "Warning", "ended with 1", "of this version")]
    [TestCase(0, "mcp-operator-doctor-proxy", "Problem", "A node cannot pull ghcr.io/acme/proxy@sha256:", "proxy.image")]
    [TestCase(0, "mcp-operator-doctor-open", "Problem", "A node cannot pull ghcr.io/acme/operator:1", "imagePullSecrets")]
    [Order(6)]
    public async Task Pods_find_out_whether_policies_are_enforced_and_images_can_be_pulled(int code, string? cannotPull, string severity, string says, string fix)
    {
        await Api.ApplyAsync(Parse($$$"""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "mcp-operator", "namespace": "{{{Ns}}}"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}},
             "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "manager", "image": "ghcr.io/acme/operator:1"}]}} } }
            """));
        using var stop = new CancellationTokenSource();
        var node = SimulateNodeAsync(code, cannotPull, stop.Token);
        using var client = new KubernetesClient(KubernetesClientConfiguration.Load(_cluster.Kubeconfig));
        var findings = new List<Finding>();
        var patient = new Patient(client, Ns, TimeProvider.System) { Configuration = ConfigurationFile.Parse(Config, "config") };
        await foreach (var found in new Doctor.Checks.Pods(TimeSpan.FromSeconds(20)).RunAsync(patient, CancellationToken.None))
        {
            findings.Add(found);
        }

        await stop.CancelAsync();
        await node;
        var finding = findings.Should().ContainSingle(f => f.Message.Contains(says, StringComparison.Ordinal), string.Join('\n', findings)).Subject;
        finding.Severity.ToString().Should().Be(severity);
        finding.Fix.Contains(fix, StringComparison.Ordinal).Should().BeTrue(finding.Fix);
        findings.Where(f => f.Severity == Severity.Ok).Should().HaveCount(cannotPull is null ? (code == 0 ? 3 : 2) : cannotPull.EndsWith("proxy", StringComparison.Ordinal) ? 2 : 1);
        (await Api.ListAsync(ResourceType.Of<V1Pod>(), Ns)).Should().BeEmpty("the doctor leaves nothing behind");
        (await Api.ListAsync(ResourceType.Of<V1NetworkPolicy>(), Ns)).Should().BeEmpty();
    }

    private async Task SimulateNodeAsync(int code, string? cannotPull, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            foreach (var pod in await Api.ListAsync(ResourceType.Of<V1Pod>(), Ns))
            {
                var state = pod.Name() == cannotPull ? """{"waiting": {"reason": "ImagePullBackOff", "message": "no such host"}}"""
                    : pod.Name().EndsWith("-asks", StringComparison.Ordinal) ? $$$"""{"terminated": {"exitCode": {{{code}}}}}"""
                    : """{"running": {}}""";
                var phase = state.Contains("running", StringComparison.Ordinal) ? "Running" : state.Contains("waiting", StringComparison.Ordinal) ? "Pending" : "Succeeded";
                // The doctor may have deleted it meanwhile.
                await Api.SendAsync(HttpMethod.Patch, KubeApi.Path(ResourceType.Of<V1Pod>(), Ns, pod.Name(), "status"), Parse($$$"""
                    {"status": {"phase": "{{{phase}}}", "podIP": "10.1.2.3", "containerStatuses": [{"name": "probe", "ready": false, "restartCount": 0, "image": "x", "imageID": "", "state": {{{state}}} }]} }
                    """), "application/merge-patch+json");
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }

    [Test, Order(0)]
    public async Task What_the_doctors_pods_run_tells_which_of_two_addresses_answers()
    {
        var (open, other, closed) = (OperatorProcess.FreePort(), OperatorProcess.FreePort(), OperatorProcess.FreePort());
        using var stop = new CancellationTokenSource();
        var listens = Task.WhenAll(ProbeCommand.ListenAsync(open, stop.Token), ProbeCommand.ListenAsync(other, stop.Token));

        (await ProbeCommand.ConnectAsync(At(open), At(closed), default)).Should().Be(ProbeCommand.OnlyTheFirst);
        (await ProbeCommand.ConnectAsync(At(open), At(other), default)).Should().Be(ProbeCommand.Both);
        (await ProbeCommand.ConnectAsync(At(closed), At(open), default)).Should().Be(ProbeCommand.Neither);
        await stop.CancelAsync();
        (await listens).Should().Equal(0, 0);

        static IPEndPoint At(int port) => new(IPAddress.Loopback, port);
    }

    [Test, Order(9)]
    public async Task An_operator_that_has_gone_is_noticed_by_its_lease_and_by_its_webhooks()
    {
        await _operator.StopAsync();

        var (code, findings) = await DiagnoseAsync();

        code.Should().Be(1);
        findings.Where(f => (string?)f["severity"] == "Problem").Select(f => (string?)f["check"]).Should().Contain("operator").And.Contain("webhooks");
    }

    [Test, Order(0)]
    public void A_cluster_that_cannot_be_reached_is_said_in_a_line()
    {
        var file = Path.Combine(_cluster.Folder, "elsewhere");
        File.WriteAllText(file, File.ReadAllText(_cluster.Kubeconfig).Replace(Api.Server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "1", StringComparison.Ordinal));

        var (code, _, error) = Run("doctor", "--kubeconfig", file);

        code.Should().Be(1);
        error.Should().StartWith("The cluster cannot be reached: ");
    }

    private async Task<(int Code, IReadOnlyList<JsonNode> Findings)> DiagnoseAsync()
    {
        await Task.CompletedTask;
        var (code, output, error) = Run("doctor", "--kubeconfig", _cluster.Kubeconfig, "-o", "json");
        error.Should().StartWith("not checked: ", output);
        return (code, [.. JsonNode.Parse(output)!.AsArray().Select(f => f!)]);
    }

    /// <summary>Changes an object, and says how to change it back.</summary>
    private async Task<Func<Task>> ChangeAsync(ResourceType type, string? ns, string name, Action<JsonObject> change)
    {
        var before = await Api.GetAsync(type, ns, name);
        var changed = before.DeepClone().AsObject();
        change(changed);
        await ReplaceAsync(changed);
        return async () =>
        {
            before["metadata"]!["resourceVersion"] = (string?)(await Api.GetAsync(type, ns, name))["metadata"]!["resourceVersion"];
            await ReplaceAsync(before);
        };

        async Task ReplaceAsync(JsonObject with)
        {
            var answer = await Api.SendAsync(HttpMethod.Put, KubeApi.Path(type, ns, name), with);
            answer.IsGood.Should().BeTrue(answer.Text);
        }
    }

    private async Task<Func<Task>> DeleteAsync(ResourceType type, string name, string? ns = null)
    {
        var before = await Api.GetAsync(type, ns, name);
        await Api.DeleteAsync(type, ns, name);
        await Eventually.Becomes(() => Api.FindAsync(type, ns, name), o => o is null, $"{name} goes");
        foreach (var field in (string[])["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"])
        {
            before["metadata"]!.AsObject().Remove(field);
        }

        before.Remove("status");
        return async () =>
        {
            // The operator may have been quicker.
            if (await Api.FindAsync(type, ns, name) is null)
            {
                await Api.CreateAsync(type, ns, before);
            }
        };
    }

    private async Task<Func<Task>> UninstallAsync(string definition, Func<Task> install)
    {
        await _cluster.UninstallAsync(definition);
        return install;
    }

    private async Task<Func<Task>> WithKeycloakSecretAsync()
    {
        var secret = ResourceType.Of<V1Secret>();
        await Api.CreateAsync(secret, Ns, Parse("""{"metadata": {"name": "mcp-operator-keycloak"}, "stringData": {"client-id": "mcp-operator", "client-secret": "s"}}"""));
        var heal = await ConfigureAsync("keycloak: {url: \"https://127.0.0.1:1\", realm: agents, timeoutSeconds: 1}");
        return async () =>
        {
            await heal();
            await Api.DeleteAsync(secret, Ns, "mcp-operator-keycloak");
        };
    }

    private Task<Func<Task>> SetAsync(string ns, string configMap, string key, string value) => ChangeAsync(ConfigMap, ns, configMap, map => map["data"]![key] = value);

    private Task<Func<Task>> ConfigureAsync(string more) => ReconfigureAsync(Config + "\n" + more + "\n");

    private Task<Func<Task>> ReconfigureAsync(string config) => SetAsync(Ns, "mcp-operator", "config.yaml", config);

    private static void Distrust(JsonObject configuration)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension(true, false, 0, true));
        using var other = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        foreach (var hook in configuration["webhooks"]!.AsArray())
        {
            hook!["clientConfig"]!["caBundle"] = System.Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(other.ExportCertificatePem()));
        }
    }

    private async Task AnswerAsync()
    {
        while (_registry.IsListening)
        {
            try
            {
                var context = await _registry.GetContextAsync();
                context.Response.StatusCode = context.Request.Url!.AbsolutePath == "/v2/" ? 200 : 404;
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
