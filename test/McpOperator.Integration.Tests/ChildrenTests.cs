using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>A server becomes objects that the real API server, and the real CRDs, accept.</summary>
[Order(0)]
public sealed class ChildrenTests : ServerTest
{
    [Test]
    public async Task A_Knative_server_becomes_all_its_children_and_owns_them()
    {
        var server = await CreateServerAsync("echo", """{"runtime": "Knative", "scaling": {"minScale": 1, "maxScale": 5, "targetConcurrency": 10, "retentionSeconds": 60}}""");

        var children = await UntilChildrenAsync("echo", KnativeChildren("echo"));

        children.Should().OnlyContain(c => IsOwnedBy(c.Item, server));
        var knative = children.Single(c => c.Type == Kinds.Knative).Item;
        knative.List("spec.template.spec.containers").Sum(c => c.List("ports").Count).Should().Be(1, "Knative takes one port in the whole pod");
        knative.At("spec.template.metadata.annotations")!["autoscaling.knative.dev/max-scale"]!.GetValue<string>().Should().Be("5");
        var endpoint = children.Single(c => c.Type == Kinds.Monitor).Item.List("spec.endpoints").Should().ContainSingle().Subject;
        endpoint.Text("path").Should().Be("/metrics");
    }

    [Test]
    public async Task A_Deployment_server_becomes_all_its_children_and_owns_them()
    {
        var server = await CreateServerAsync("echo", """{"runtime": "Deployment", "port": 9000}""");

        var children = await UntilChildrenAsync("echo", [.. DeploymentChildren("echo")]);

        children.Should().OnlyContain(c => IsOwnedBy(c.Item, server));
        children.Should().Contain(c => c.Type == Kinds.Service && c.Item.Text("spec.ports.0.port") == "9000");
        (await Simulated.PodsAsync(Api, Ns, "echo", 1))[0].List("spec.containers").Should().HaveCount(2, "the proxy stands before the server");
    }

    [Test]
    public async Task The_three_servers_of_the_lab_get_ready_with_an_address()
    {
        foreach (var file in (string[])["openshift", "fetch", "yardstick"])
        {
            foreach (var manifest in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "samples", "lab", file + ".yaml")).Select(m => m!.AsObject()))
            {
                await Api.CreateAsync(manifest.Text("kind") == "MCPServer" ? Kinds.Server : Kinds.ToolConfig, Ns, manifest);
            }
        }

        foreach (var name in (string[])["openshift", "fetch"])
        {
            await UntilAsync(Kinds.Knative, name + "-mcp");
            await Simulated.KnativeAsync(Api, Ns, name + "-mcp");
            var ready = await UntilConditionAsync(name, "Ready", "True/Ready");
            ready.Text("status.url").Should().Be($"http://{name}-mcp.{Ns}.svc.cluster.local/mcp");
            ready.Text("status.active.revision").Should().StartWith($"{name}-mcp-");
            await UntilEventAsync(name, "BecameReady");
        }

        // Without init containers in Knative, a stdio server is a Deployment.
        await Simulated.PodIsReadyAsync(Api, Ns, (await Simulated.PodsAsync(Api, Ns, "yardstick", 1))[0].Name());
        var yardstick = await UntilConditionAsync("yardstick", "Ready", "True/Ready");
        yardstick.Text("status.url").Should().Be($"http://yardstick-mcp.{Ns}.svc.cluster.local:8080/mcp");
        var policy = PolicyIn(await UntilPolicyAsync("openshift"));
        policy.List("tools.filter").Should().HaveCount(8);
        policy.Text("access.mode").Should().Be("Open");
        await UntilAsync(Kinds.ToolConfig, "openshift-tool-filter", c => c.Text("status.referencedBy") == """["openshift"]""", "knows its user");
    }

    [Test]
    public async Task What_Knative_said_of_an_older_spec_is_not_taken_for_the_new_one()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilAsync(Kinds.Knative, "echo-mcp");
        await Simulated.KnativeAsync(Api, Ns, "echo-mcp");
        var first = (await UntilConditionAsync("echo", "Ready", "True/")).Text("status.active.revision");

        await ChangeServerAsync("echo", """{"spec": {"env": [{"name": "A", "value": "b"}]}}""");
        await UntilConditionAsync("echo", "WorkloadReady", "Unknown/Progressing");

        await Simulated.KnativeAsync(Api, Ns, "echo-mcp");
        (await UntilConditionAsync("echo", "Ready", "True/")).Text("status.active.revision").Should().NotBe(first).And.StartWith("echo-mcp-");
    }

    [Test]
    public async Task A_broken_new_revision_is_reported_and_the_old_one_keeps_its_address()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilAsync(Kinds.Knative, "echo-mcp");
        await Simulated.KnativeAsync(Api, Ns, "echo-mcp");
        var good = await UntilConditionAsync("echo", "Ready", "True/");
        var first = good.Text("status.active.revision")!;

        await ChangeServerAsync("echo", $$"""{"spec": {"image": "{{Suite.Image.Replace('1', '2')}}"} }""");
        var second = (await UntilAsync(Kinds.Knative, "echo-mcp", k => k.Text("spec.template.metadata.name") != first, "has a new template")).Text("spec.template.metadata.name")!;
        await Simulated.KnativeAsync(Api, Ns, "echo-mcp", configurations: "False/RevisionFailed", serving: first);

        var broken = await UntilConditionAsync("echo", "WorkloadReady", "False/RevisionFailed");
        broken.Condition("WorkloadReady").Should().Contain(second).And.Contain("said by the test").And.Contain($"{first} keeps serving");
        broken.Text("status.url").Should().Be(good.Text("status.url"));
        broken.Text("status.active.revision").Should().Be(first, "what serves is active, not what was asked for");
        broken.Text("status.active.image").Should().Be(Suite.Image);
        broken.Text("status.history.0.state").Should().Be("Approved");
    }

    [Test]
    public async Task A_route_that_fails_is_reported_though_the_revision_is_good()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilAsync(Kinds.Knative, "echo-mcp");

        await Simulated.KnativeAsync(Api, Ns, "echo-mcp", routes: "False/TrafficNotMigrated", serving: "");

        (await UntilConditionAsync("echo", "Ready", "False/TrafficNotMigrated")).Text("status.url").Should().BeNull("no client was ever served");
    }

    [Test]
    public async Task A_Deployment_tells_why_its_pods_do_not_run()
    {
        await CreateServerAsync("echo", """{"runtime": "Deployment"}""");
        var pod = (await Simulated.PodsAsync(Api, Ns, "echo", 1))[0].Name();
        (await UntilConditionAsync("echo", "WorkloadReady", "Unknown/Progressing")).Condition("Ready").Should().StartWith("Unknown/");

        await Simulated.ContainerWaitsAsync(Api, Ns, pod, "ImagePullBackOff", "no such image");
        (await UntilConditionAsync("echo", "Ready", "False/ImagePullBackOff")).Condition("Ready").Should().Contain("no such image");

        await Simulated.ContainerWaitsAsync(Api, Ns, pod, "CrashLoopBackOff", "back-off");
        (await UntilConditionAsync("echo", "Ready", "False/CrashLoopBackOff")).Condition("Ready").Should().Contain("exit code 42");
        await UntilEventAsync("echo", "CrashLoopBackOff");

        await Simulated.PodIsReadyAsync(Api, Ns, pod);
        await UntilConditionAsync("echo", "Ready", "True/Ready");
    }

    [Test]
    public async Task Deleting_a_server_deletes_all_its_children()
    {
        await CreateServerAsync("echo", """{"runtime": "Deployment"}""");
        await CreateServerAsync("stays", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", DeploymentChildren("echo"));
        var others = (await UntilChildrenAsync("stays", KnativeChildren("stays"))).Select(c => c.Item.Text("metadata.uid"));

        await Api.DeleteAsync(Kinds.Server, Ns, "echo");

        await UntilChildrenAsync("echo", []);
        (await ChildrenAsync("stays")).Select(c => c.Item.Text("metadata.uid")).Should().Equal(others);
    }

    [Test]
    public async Task A_suspended_server_runs_nothing_and_keeps_everything()
    {
        await CreateServerAsync("echo", """{"runtime": "Deployment"}""");
        var pod = (await Simulated.PodsAsync(Api, Ns, "echo", 1))[0].Name();
        await Simulated.PodIsReadyAsync(Api, Ns, pod);
        await UntilConditionAsync("echo", "Ready", "True/");
        var key = (await Api.GetAsync(Kinds.Secret, Ns, "echo-mcp-session")).Text("data.key");

        await ChangeServerAsync("echo", """{"spec": {"suspend": true}}""");

        await UntilConditionAsync("echo", "Ready", "False/Suspended");
        await UntilAsync(Kinds.Deployment, "echo-mcp", d => d.Text("spec.replicas") == "0", "has no replicas");
        PolicyIn(await UntilPolicyAsync("echo", map => PolicyIn(map).Text("closed") is not null, "is closed")).Text("closed").Should().NotBeNull();
        await UntilChildrenAsync("echo", DeploymentChildren("echo"));

        await ChangeServerAsync("echo", """{"spec": {"suspend": false}}""");
        await UntilAsync(Kinds.Deployment, "echo-mcp", d => d.Text("spec.replicas") == "1", "has a replica");
        (await Api.GetAsync(Kinds.Secret, Ns, "echo-mcp-session")).Text("data.key").Should().Be(key).And.NotBeNullOrEmpty();
    }

    [Test]
    public async Task Another_runtime_takes_the_place_of_the_first_and_back()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));

        await ChangeServerAsync("echo", """{"spec": {"runtime": "Deployment"}}""");
        await UntilGoneAsync(Kinds.Knative, "echo-mcp");
        await UntilChildrenAsync("echo", [.. DeploymentChildren("echo")]);
        await UntilAsync(Kinds.Deployment, "echo-mcp");

        await ChangeServerAsync("echo", """{"spec": {"runtime": "Knative"}}""");
        await UntilGoneAsync(Kinds.Deployment, "echo-mcp");
        await UntilGoneAsync(Kinds.Service, "echo-mcp");
        await UntilAsync(Kinds.Knative, "echo-mcp");
    }

    [Test]
    public async Task A_server_that_wants_no_scraping_any_more_has_nothing_to_scrape_it()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));

        await ChangeServerAsync("echo", """{"spec": {"telemetry": {"prometheus": {"enabled": false}}}}""");
        await UntilChildrenAsync("echo", [.. KnativeChildren("echo").Except(["ServiceMonitor/echo-mcp", "Service/echo-mcp-metrics"])]);
        await UntilConditionAsync("echo", "MonitoringReady", "True/NotRequested");

        await ChangeServerAsync("echo", """{"spec": {"telemetry": null}}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
    }

    private static bool IsOwnedBy(JsonObject child, JsonObject server) => child.List("metadata.ownerReferences") is [var owner]
        && owner.Text("uid") == server.Text("metadata.uid") && owner.Text("controller") == "true" && owner.Text("kind") == "MCPServer" && owner.Text("apiVersion") == "mcpoperator.io/v1alpha1";
}
