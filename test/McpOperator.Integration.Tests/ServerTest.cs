using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;
using NUnit.Framework.Interfaces;

namespace McpOperator.Integration.Tests;

/// <summary>A test with a namespace of its own in a cluster; unless it says otherwise, in the one that all share.</summary>
public abstract class ServerTest
{
    protected virtual Cluster Cluster => Suite.Cluster;

    protected virtual OperatorProcess? Operator => Suite.Operator;

    protected virtual bool KeepsNamespace => false;

    protected KubeApi Api => Cluster.Api;

    protected string Ns { get; private set; } = "";

    [SetUp]
    public async Task MakeNamespace()
    {
        Suite.Say(TestContext.CurrentContext.Test.Name);
        Ns = await Cluster.NewNamespaceAsync();
    }

    [TearDown]
    public async Task RemoveNamespace()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync($"The end of the operator's log:\n{Operator?.LogEnd}");
        }

        if (!KeepsNamespace)
        {
            // Its objects go while the next test runs.
            await Api.DeleteAsync(Kinds.Namespace, null, Ns);
        }
    }

    /// <summary>Creates a server: the least that one can say, and what <paramref name="spec"/> adds.</summary>
    protected Task<JsonObject> CreateServerAsync(string name, string spec = "{}", string? ns = null)
    {
        var manifest = Json.Parse($$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }""");
        manifest["spec"]!["image"] ??= Suite.Image;
        return Api.CreateAsync(Kinds.Server, ns ?? Ns, manifest);
    }

    protected Task<JsonObject> CreateToolConfigAsync(string name, string spec) => Api.CreateAsync(Kinds.ToolConfig, Ns, Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPToolConfig", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }"""));

    protected Task<JsonObject> ChangeServerAsync(string name, string patch) => Api.MergeAsync(Kinds.Server, Ns, name, JsonNode.Parse(patch)!);

    protected Task<JsonObject> ServerAsync(string name) => Api.GetAsync(Kinds.Server, Ns, name);

    /// <summary>Waits until a condition of a server begins with some words, such as <c>True/Ready</c>.</summary>
    protected Task<JsonObject> UntilConditionAsync(string name, string type, string begins, TimeSpan? within = null) => Eventually.Becomes(
        () => ServerAsync(name), s => s.Condition(type)?.StartsWith(begins, StringComparison.Ordinal) == true, $"{name}'s {type} is {begins}", () => Operator?.LogEnd, within);

    /// <summary>Waits until an object is there and as wanted.</summary>
    protected async Task<JsonObject> UntilAsync(ResourceType type, string name, Func<JsonObject, bool>? wanted = null, string what = "is there", string? ns = null) =>
        (await Eventually.Becomes(() => Api.FindAsync(type, ns ?? Ns, name), o => o is not null && wanted?.Invoke(o) != false, $"{type} {name} {what}", () => Operator?.LogEnd))!;

    /// <summary>Waits until an object is gone.</summary>
    protected Task UntilGoneAsync(ResourceType type, string name, TimeSpan? within = null) =>
        Eventually.Becomes(() => Api.FindAsync(type, Ns, name), o => o is null, $"{type} {name} goes", () => Operator?.LogEnd, within);

    /// <summary>All children of a server that are there, as <c>Kind/name</c>.</summary>
    protected async Task<IReadOnlyList<(ResourceType Type, JsonObject Item)>> ChildrenAsync(string server)
    {
        var lists = await Task.WhenAll(Kinds.Children.Select(async type => (type, items: await Api.ListAsync(type, Ns, $"{Labels.ManagedBy}={Labels.Manager},{Labels.Server}={server}"))));
        return [.. lists.SelectMany(l => l.items.Select(i => (l.type, i)))];
    }

    /// <summary>Waits until a server has just these children.</summary>
    protected async Task<IReadOnlyList<(ResourceType Type, JsonObject Item)>> UntilChildrenAsync(string server, IReadOnlyList<string> wanted)
    {
        IReadOnlyList<string> names = [];
        return await Eventually.Becomes(
            () => ChildrenAsync(server),
            found =>
            {
                names = [.. found.Select(c => $"{c.Type.Kind}/{Regex.Replace(c.Item.Name(), "(?<=-mcp-(policy|v)-)[0-9a-f]+$", "*")}").Order(StringComparer.Ordinal)];
                return names.SequenceEqual(wanted.Order(StringComparer.Ordinal));
            },
            $"{server} has the children {string.Join(", ", wanted)}",
            () => $"There are: {string.Join(", ", names)}\n{Operator?.LogEnd}");
    }

    /// <summary>Waits until an event about a server tells a reason.</summary>
    protected Task UntilEventAsync(string server, string reason) => Eventually.Becomes(
        async () => (await Api.ListAsync(Kinds.Event, Ns)).Where(e => e.Text("involvedObject.name") == server).Select(e => e.Text("reason")).ToList(),
        reasons => reasons.Contains(reason),
        $"an event about {server} says {reason}",
        () => Operator?.LogEnd);

    protected static IReadOnlyList<string> KnativeChildren(string n) =>
    [
        $"ServiceAccount/{n}-mcp", $"Role/{n}-mcp", $"RoleBinding/{n}-mcp", $"ConfigMap/{n}-mcp-policy-*", $"ConfigMap/{n}-mcp-access", $"ControllerRevision/{n}-mcp-v-*", $"Secret/{n}-mcp-session",
        $"NetworkPolicy/{n}-mcp", $"Service/{n}-mcp", $"Service/{n}-mcp-metrics", $"ServiceMonitor/{n}-mcp",
    ];

    protected static IReadOnlyList<string> DeploymentChildren(string n) => [.. KnativeChildren(n), $"Deployment/{n}-mcp"];

    /// <summary>The policy objects of a server: one for each template of which there are pods, or shall be.</summary>
    protected Task<IReadOnlyList<JsonObject>> PoliciesAsync(string server) =>
        Api.ListAsync(Kinds.ConfigMap, Ns, $"{Labels.Server}={server},{Labels.Role}={Labels.PolicyRole}");

    /// <summary>Waits until a server has one policy object, which is as wanted.</summary>
    protected async Task<JsonObject> UntilPolicyAsync(string server, Func<JsonObject, bool>? wanted = null, string what = "is there") => (await Eventually.Becomes(
        () => PoliciesAsync(server), maps => maps.Count == 1 && wanted?.Invoke(maps[0]) != false, $"{server}'s policy {what}", () => Operator?.LogEnd))[0];

    /// <summary>The compiled policy of a server, as the proxy reads it.</summary>
    protected static JsonObject PolicyIn(JsonObject configMap) => Json.Parse(configMap.At("data")!["policy.json"]!.GetValue<string>());
}
