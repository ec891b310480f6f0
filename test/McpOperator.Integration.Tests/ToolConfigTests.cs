using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>What a tool configuration says reaches the proxies quickly, without new pods, and a missing one closes the tools.</summary>
[Order(0)]
public sealed class ToolConfigTests : ServerTest
{
    private const int Rounds = 7;

    [Test]
    public async Task A_changed_filter_reaches_the_policy_in_under_a_second_and_makes_no_new_revision()
    {
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"]}""");
        await CreateServerAsync("scaled", """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
        await CreateServerAsync("steady", """{"runtime": "Deployment", "toolConfigRef": {"name": "tools"}}""");
        await UntilAsync(Kinds.Knative, "scaled-mcp");
        await UntilAsync(Kinds.Deployment, "steady-mcp");
        await Simulated.PodIsReadyAsync(Api, Ns, (await Simulated.PodsAsync(Api, Ns, "steady", 1))[0].Name());
        await UntilConditionAsync("steady", "Ready", "True/");
        var (scaled, steady) = (await Api.GetAsync(Kinds.Knative, Ns, "scaled-mcp"), await Api.GetAsync(Kinds.Deployment, Ns, "steady-mcp"));

        var times = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            var tool = $"tool-{round}";
            var watch = Stopwatch.StartNew();
            await Api.MergeAsync(Kinds.ToolConfig, Ns, "tools", Json.Parse($$"""{"spec": {"toolsFilter": ["{{tool}}"]} }"""));
            await Task.WhenAll(UntilFilterAsync("scaled", tool), UntilFilterAsync("steady", tool));
            times.Add(watch.Elapsed);
        }

        var median = times.Order().ElementAt(Rounds / 2);
        Suite.Say($"  a changed filter is in both servers' policies after {median.TotalMilliseconds:0} ms (median; worst {times.Max().TotalMilliseconds:0} ms)");
        median.Should().BeLessThan(TimeSpan.FromSeconds(1));
        (await Api.GetAsync(Kinds.Knative, Ns, "scaled-mcp")).Version().Should().Be(scaled.Version());
        (await Api.GetAsync(Kinds.Deployment, Ns, "steady-mcp")).Version().Should().Be(steady.Version());
    }

    [Test]
    public async Task A_server_whose_tool_configuration_is_missing_runs_nothing_until_it_is_there()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");

        var missing = await UntilConditionAsync("echo", "ToolConfigResolved", "False/NotFound");
        missing.Condition("Ready").Should().StartWith("False/NotFound").And.Contain("tools");
        await UntilEventAsync("echo", "NotFound");
        (await Api.FindAsync(Kinds.Knative, Ns, "echo-mcp")).Should().BeNull("half a server is none");
        Tools(await UntilPolicyAsync("echo")).Text("closed").Should().Contain("tools");

        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"]}""");

        await UntilConditionAsync("echo", "ToolConfigResolved", "True/Resolved");
        await UntilFilterAsync("echo", "a");
        await UntilAsync(Kinds.Knative, "echo-mcp");
    }

    [Test]
    public async Task Deleting_a_tool_configuration_closes_the_tools_and_leaves_the_workload()
    {
        await CreateToolConfigAsync("tools", """{"toolsFilter": ["a"]}""");
        await CreateServerAsync("echo", """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");
        await UntilFilterAsync("echo", "a");
        var before = await UntilAsync(Kinds.Knative, "echo-mcp");

        await Api.DeleteAsync(Kinds.ToolConfig, Ns, "tools");

        await UntilConditionAsync("echo", "Ready", "False/NotFound");
        await UntilPolicyAsync("echo", map => Tools(map).Text("closed") is not null && Tools(map).List("filter").Count == 0, "is closed");
        (await Api.GetAsync(Kinds.Knative, Ns, "echo-mcp")).Version().Should().Be(before.Version());
    }

    [Test]
    public async Task Two_tools_under_one_name_close_the_tools_and_say_which()
    {
        await CreateToolConfigAsync("tools", """{"toolsOverride": {"a": {"name": "same"}, "b": {"name": "same"}}}""");
        await CreateServerAsync("echo", """{"runtime": "Knative", "toolConfigRef": {"name": "tools"}}""");

        (await UntilConditionAsync("echo", "ToolConfigResolved", "False/ToolNameCollision")).Condition("ToolConfigResolved").Should().Contain("same");
        await UntilAsync(Kinds.ToolConfig, "tools", c => c.Condition("Valid")?.StartsWith("False/ToolNameCollision", StringComparison.Ordinal) == true, "is not valid");
        Tools(await UntilPolicyAsync("echo")).Text("closed").Should().Contain("same");
    }

    [Test]
    public async Task A_permission_profile_becomes_egress_rules_when_it_appears_and_changes()
    {
        await CreateServerAsync("echo", """{"runtime": "Deployment", "permissionProfile": {"type": "configmap", "name": "profile", "key": "profile.yaml"}}""");
        await UntilConditionAsync("echo", "ToolConfigResolved", "False/NotFound");
        (await Api.FindAsync(Kinds.Deployment, Ns, "echo-mcp")).Should().BeNull();

        await Api.CreateAsync(Kinds.ConfigMap, Ns, Json.Parse("""
            {"metadata": {"name": "profile", "labels": {"mcpoperator.io/permission-profile": "true"}}, "data": {"profile.yaml": "egress: [{cidrs: [203.0.113.0/24], ports: [443]}]"}}
            """));
        await UntilAsync(Kinds.NetworkPolicy, "echo-mcp", p => p.Text("spec.egress")!.Contains("203.0.113.0/24", StringComparison.Ordinal), "opens the range");
        await UntilAsync(Kinds.Deployment, "echo-mcp");

        await Api.MergeAsync(Kinds.ConfigMap, Ns, "profile", Json.Parse("""{"data": {"profile.yaml": "egress: [{cidrs: [198.51.100.0/24]}]"}}"""));
        await UntilAsync(
            Kinds.NetworkPolicy, "echo-mcp",
            p => p.Text("spec.egress") is { } egress && egress.Contains("198.51.100.0/24", StringComparison.Ordinal) && !egress.Contains("203.0.113.0/24", StringComparison.Ordinal),
            "opens the other range instead");
    }

    private static JsonNode Tools(JsonObject configMap) => PolicyIn(configMap).At("tools")!;

    private Task<JsonObject> UntilFilterAsync(string server, string tool) =>
        UntilPolicyAsync(server, map => Tools(map).Text("filter.0") == tool, $"filters {tool}");
}
