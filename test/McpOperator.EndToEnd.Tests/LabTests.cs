using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOperator.Api;

namespace McpOperator.EndToEnd.Tests;

/// <summary>
/// The ToolHive lab's module about MCP servers, with the manifests of <c>config/samples/lab</c>: a tool filter, telemetry, the fetch server,
/// and yardstick over stdio. The first server is the lab's own program (npm has it); for the other two, of which nothing but their images is
/// published, the fixture server's <c>fetch</c> and the reference server's <c>echo</c> stand in.
/// </summary>
[Order(7)]
public sealed class LabTests : PodTest
{
    private static readonly string[] Filter =
        ["events_list", "namespaces_list", "pods_get", "pods_list", "pods_list_in_namespace", "pods_log", "resources_get", "resources_list"];

    private readonly List<string> _times = [];
    private IReadOnlyDictionary<string, string> _images = new Dictionary<string, string>();

    [OneTimeSetUp]
    public async Task MakeImages() => _images = await Suite.PushAsync("openshift", "everything");

    [Test]
    public async Task The_lab_works_from_its_first_filter_to_a_server_that_speaks_stdio()
    {
        await AllowServerToDeletePodsAsync();
        await StepAsync("the OpenShift server, every tool open", () => CreateAsync("openshift", _images["openshift"], server =>
        {
            server["args"] = new JsonArray("--port", "8080");
            // As the lab's second module leaves it: the filter and the metrics are yet to come.
            server.Remove("toolConfigRef");
            server["telemetry"] = Json.Parse("""{"prometheus": {"enabled": false}}""");
        }));
        await using var agent = await SdkClient.OpenAsync(await ServiceUrlAsync("openshift"));
        (await agent.ToolNamesAsync()).Should().Contain(Filter).And.Contain("pods_delete");
        await MakePodAsync("agent-1");
        (await agent.CallAsync("pods_list_in_namespace", PodsIn())).Should().Contain("agent-1");
        await agent.CallAsync("pods_delete", Pod("agent-1"));
        (await Api.FindAsync(Kinds.Pod, Ns, "agent-1")).Should().BeNull("nothing has forbidden it yet");

        await MakePodAsync("agent-2");
        await StepAsync("a filter: the call is refused", () => FilterAsync(agent));
        (await agent.CallAsync("pods_list_in_namespace", PodsIn())).Should().Contain("agent-2");
        (await Api.FindAsync(Kinds.Pod, Ns, "agent-2")).Should().NotBeNull();

        await StepAsync("telemetry: metrics are scraped", ScrapeAsync);

        await StepAsync("the fetch server: an agent fetches", async () =>
        {
            await CreateAsync("fetch", Suite.Images["fixture-server"], server => server["args"] = new JsonArray("http"));
            await using var client = await SdkClient.OpenAsync(await ServiceUrlAsync("fetch"));
            (await client.CallAsync("fetch", $$"""{"url": "http://{{Suite.Cluster.Registry}}/v2/_catalog"}""")).Should().Contain("repositories");
        });

        await StepAsync("yardstick over stdio: an agent gets its echo", async () =>
        {
            // The image's own entrypoint is what the bridge starts.
            await CreateAsync("yardstick", _images["everything"], server => server.Remove("command"));
            await using var client = await SdkClient.OpenAsync(await ServiceUrlAsync("yardstick"));
            (await client.CallAsync("echo", """{"message": "HelloFromOpenShift"}""")).Should().Contain("HelloFromOpenShift");
        });
        Suite.Say($"the lab: {string.Join("; ", _times)}");
    }

    private async Task StepAsync(string what, Func<Task> step)
    {
        var watch = Stopwatch.StartNew();
        await step();
        _times.Add($"{what} {watch.Elapsed.TotalSeconds:0.0} s");
        Suite.Say(_times[^1]);
    }

    /// <summary>A server of the lab's manifests, with an image that this machine has, and until it is ready.</summary>
    private async Task CreateAsync(string name, string image, Action<JsonObject> change)
    {
        var server = Manifest(name, "MCPServer");
        var spec = server["spec"]!.AsObject();
        spec["image"] = image;
        spec["runtime"] = "Deployment"; // there is no Knative here, only its definitions
        spec.Remove("resources"); // Node.js needs more than the lab's servers do
        change(spec);
        await Api.CreateAsync(Kinds.Server, Ns, server);
        await UntilReadyAsync(name);
    }

    private static JsonObject Manifest(string file, string kind) =>
        YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "samples", "lab", $"{file}.yaml")).Select(manifest => manifest!.AsObject()).Single(manifest => manifest.Text("kind") == kind);

    private async Task FilterAsync(SdkClient agent)
    {
        await Api.CreateAsync(Kinds.ToolConfig, Ns, Manifest("openshift", "MCPToolConfig"));
        await Api.MergeAsync(Kinds.Server, Ns, "openshift", new JsonObject { ["spec"] = new JsonObject { ["toolConfigRef"] = Manifest("openshift", "MCPServer").At("spec.toolConfigRef")!.DeepClone() } });
        await Eventually.Becomes(agent.ToolNamesAsync, tools => tools.Order(StringComparer.Ordinal).SequenceEqual(Filter), "the filter is in force", () => Suite.Operator.LogEnd);
        var refused = (await agent.Invoking(a => a.CallAsync("pods_delete", Pod("agent-2"))).Should().ThrowAsync<McpErrorException>()).Which;
        (refused.Code, refused.Reason).Should().Be((-32602, AccessReasons.UnknownTool));
    }

    /// <summary>As Prometheus finds it: the monitor selects Services, their endpoints are scraped.</summary>
    private async Task ScrapeAsync()
    {
        await Api.MergeAsync(Kinds.Server, Ns, "openshift", Json.Parse("""{"spec": {"telemetry": {"prometheus": {"enabled": true}}}}"""));
        var monitor = await Eventually.Becomes(() => Api.FindAsync(Kinds.Monitor, Ns, ChildNames.Workload("openshift")), found => found is not null, "there is a ServiceMonitor", () => Suite.Operator.LogEnd);
        var labels = string.Join(',', monitor.At("spec.selector.matchLabels")!.AsObject().Select(label => $"{label.Key}={label.Value}"));
        var target = await Eventually.Becomes(
            async () => (await Api.ListAsync(Kinds.Endpoints, Ns, labels)).Select(e => Address(e, monitor.Text("spec.endpoints.0.port")!)).FirstOrDefault(address => address is not null),
            found => found is not null, "the ServiceMonitor leads to a pod");
        using var http = new HttpClient();
        var metrics = (await http.GetStringAsync(new Uri($"http://{target}{monitor.Text("spec.endpoints.0.path")}"))).Split('\n');
        metrics.Should().Contain(line => line.StartsWith("mcp_proxy_requests_total{", StringComparison.Ordinal) && line.Contains("tool=\"pods_list_in_namespace\"", StringComparison.Ordinal) && line.Contains("outcome=\"ok\"", StringComparison.Ordinal));
        metrics.Should().Contain(line => line.StartsWith("mcp_proxy_denials_total{", StringComparison.Ordinal) && line.Contains(AccessReasons.UnknownTool, StringComparison.Ordinal));
    }

    /// <summary>The first address behind a port of a Service.</summary>
    private static string? Address(JsonObject endpoints, string port) => endpoints.List("subsets")
        .SelectMany(subset => subset.List("ports").Where(p => p.Text("name") == port), (subset, p) => $"{subset.Text("addresses.0.ip")}:{p.Text("port")}").FirstOrDefault();

    private string PodsIn() => $$"""{"namespace": "{{Ns}}"}""";

    private string Pod(string name) => $$"""{"name": "{{name}}", "namespace": "{{Ns}}"}""";

    /// <summary>A pod that nothing runs: it is there to be deleted.</summary>
    private Task<JsonObject> MakePodAsync(string name) => Api.CreateAsync(Kinds.Pod, Ns, Json.Parse($$"""
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{name}}"}, "spec": {"nodeSelector": {"nowhere": "true"}, "containers": [{"name": "agent", "image": "{{Suite.Images["fixture-server"]}}"}]} }
        """));

    /// <summary>The account that the manifest names, with the rights that the lab gives it: enough to delete pods.</summary>
    private async Task AllowServerToDeletePodsAsync()
    {
        var account = Manifest("openshift", "MCPServer").Text("spec.serviceAccountName")!;
        await Api.CreateAsync(Kinds.ServiceAccount, Ns, Json.Parse($$"""{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "{{account}}"} }"""));
        await Api.CreateAsync(Kinds.RoleBinding, Ns, Json.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "{{account}}"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
             "subjects": [{"kind": "ServiceAccount", "name": "{{account}}", "namespace": "{{Ns}}"}] }
            """));
    }
}
