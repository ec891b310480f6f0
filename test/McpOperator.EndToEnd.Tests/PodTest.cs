using System.Text.Json.Nodes;
using McpOperator.Api;
using NUnit.Framework.Interfaces;

namespace McpOperator.EndToEnd.Tests;

/// <summary>A test with a namespace of its own, whose servers really run.</summary>
public abstract class PodTest
{
    /// <summary>A pod of two containers starts within seconds; two cores may have other things to do.</summary>
    protected static readonly TimeSpan Start = TimeSpan.FromSeconds(90);

    protected static KubeApi Api => Suite.Cluster.Api;

    protected string Ns { get; private set; } = "";

    [SetUp]
    public async Task MakeNamespace()
    {
        Suite.Say(TestContext.CurrentContext.Test.Name);
        Ns = await Suite.Cluster.NewNamespaceAsync();
    }

    [TearDown]
    public async Task RemoveNamespace()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync($"The end of the operator's log:\n{Suite.Operator.LogEnd}");
            await TestContext.Out.WriteLineAsync(await PodsInWordsAsync());
        }

        await Api.DeleteAsync(Kinds.Namespace, null, Ns);
    }

    /// <summary>Creates a server of the fixture server's image, as a Deployment, that anybody may call unless told otherwise; and waits until it is ready.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="transport"><c>streamable-http</c> or <c>stdio</c>.</param>
    /// <param name="more">Further fields of its spec.</param>
    /// <param name="ns">Its namespace; nothing: the test's.</param>
    /// <returns>The address of its Service.</returns>
    protected async Task<string> RunServerAsync(string name, string transport, string more = "{}", string? ns = null)
    {
        var spec = Json.Parse(more);
        spec["image"] = Suite.Images["fixture-server"];
        spec["transport"] = transport;
        spec["runtime"] = "Deployment";
        spec["args"] = new JsonArray(transport == "stdio" ? "stdio" : "http");
        spec["access"] ??= Json.Parse("""{"mode": "Open"}""");
        spec["auth"] ??= Json.Parse("""{"type": "None"}""");
        await Api.CreateAsync(Kinds.Server, ns ?? Ns, new JsonObject
        {
            ["apiVersion"] = $"{ApiGroup.Name}/{ApiGroup.V1Alpha1}",
            ["kind"] = "MCPServer",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = spec,
        });
        await UntilReadyAsync(name, ns);
        return await ServiceUrlAsync(name, ns);
    }

    protected Task<JsonObject> UntilReadyAsync(string name, string? ns = null) => Eventually.Becomes(
        () => Api.GetAsync(Kinds.Server, ns ?? Ns, name), server => server.Condition("Ready")?.StartsWith("True/", StringComparison.Ordinal) == true,
        $"{name} is ready", () => Suite.Operator.LogEnd, Start);

    /// <summary>
    /// Where this machine reaches a server that is ready: it does not know the cluster's names, but it has a way to its addresses. Waits until
    /// kube-proxy has heard of the server's pod as well; until then it refuses connections.
    /// </summary>
    protected async Task<string> ServiceUrlAsync(string name, string? ns = null)
    {
        var service = await Api.GetAsync(Kinds.Service, ns ?? Ns, ChildNames.Workload(name));
        var address = $"http://{service.Text("spec.clusterIP")}:{service.Text("spec.ports.0.port")}";
        using var http = new HttpClient();
        await Eventually.Becomes(() => http.GetAsync(new Uri($"{address}/healthz")), answer => answer.IsSuccessStatusCode, $"{name} answers at {address}");
        return $"{address}/mcp";
    }

    protected Task<JsonObject> CreateToolConfigAsync(string name, string spec) => Api.CreateAsync(Kinds.ToolConfig, Ns, Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPToolConfig", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }"""));

    protected async Task<IReadOnlyList<JsonObject>> PodsAsync(string server, string? ns = null) =>
        [.. (await Api.ListAsync(Kinds.Pod, ns ?? Ns, $"{Labels.Server}={server}")).Where(pod => pod.At("metadata.deletionTimestamp") is null)];

    /// <summary>Waits until so many pods of a server are ready, and no others are left.</summary>
    protected async Task<IReadOnlyList<JsonObject>> UntilPodsAsync(string server, int count) => await Eventually.Becomes(
        async () => await Api.ListAsync(Kinds.Pod, Ns, $"{Labels.Server}={server}"),
        pods => pods.Count == count && pods.All(IsReady),
        $"{server} has {count} ready pods", () => PodsInWordsAsync().Result, Start);

    protected static bool IsReady(JsonObject pod) => pod.Condition("Ready")?.StartsWith("True/", StringComparison.Ordinal) == true;

    /// <summary>A pod's proxy, addressed directly and not through the Service.</summary>
    protected static string ProxyOf(JsonObject pod) => $"http://{pod.Text("status.podIP")}:{Ports.Proxy}/mcp";

    private async Task<string> PodsInWordsAsync()
    {
        var words = new List<string>();
        foreach (var pod in await Api.ListAsync(Kinds.Pod, Ns))
        {
            words.Add($"Pod {pod.Name()}: {pod.Text("status.phase")}, {pod.Text("status.containerStatuses")}");
            foreach (var container in pod.List("spec.containers").Concat(pod.List("spec.initContainers")))
            {
                var log = await Api.SendAsync(HttpMethod.Get, KubeApi.Path(Kinds.Pod, Ns, pod.Name(), "log") + $"?tailLines=30&container={container.Text("name")}");
                words.Add($"Log of {pod.Name()}, {container.Text("name")}:\n{log.Text}");
            }
        }

        return string.Join('\n', words);
    }
}
