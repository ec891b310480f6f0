using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Charts.Tests;

/// <summary>What Argo CD sees: the health of our kinds, and no difference that it would have to be told to ignore.</summary>
public sealed class GitOpsTests
{
    private const string Ns = "team-git";
    private const string Image = "ghcr.io/acme/echo@sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private const string Argo = "argocd-controller";

    private static readonly ResourceType Knative = ResourceType.Of<KnativeService>();

    private Cluster _cluster = null!;
    private OperatorProcess _operator = null!;

    private KubeApi Api => _cluster.Api;

    private static void Say(string what) => TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    [OneTimeSetUp]
    public async Task Start()
    {
        DeliveryTools.Run("lua", "-v");
        _cluster = await Cluster.StartAsync("gitops", Say);
        await Api.ApplyAsync(Parse($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{Ns}}"} }"""));
        await File.WriteAllTextAsync(Config, """
            images: {allowedRegistries: [ghcr.io/acme], signatures: {mode: "Off"}}
            network: {apiServerCidrs: [10.96.0.1/32]}
            """);
        _operator = await OperatorProcess.StartAsync(_cluster.OperatorKubeconfig, Config);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private string Config => Path.Combine(_cluster.Folder, "config.yaml");

    [Test, Order(1)]
    public async Task A_server_is_as_healthy_as_its_conditions_say()
    {
        LuaHealth.Of(Server("never-seen", "{}")).Should().Be(("Progressing", "The operator has not looked at this version yet."));

        await ApplyAsync(Server("works", """{"runtime": "Knative"}"""));
        (await UntilHealthAsync("MCPServer", "works", "Progressing", "Progressing: ")).Should().NotBeEmpty();
        await MakeReadyAsync("works");
        (await UntilHealthAsync("MCPServer", "works", "Healthy")).Should().StartWith("http://works-mcp.team-git");

        await ApplyAsync(Server("dangles", """{"toolConfigRef": {"name": "nowhere"}}"""));
        (await UntilHealthAsync("MCPServer", "dangles", "Degraded")).Should().StartWith("NotFound: ").And.Contain("nowhere");
        await ApplyAsync(Server("refused", """{"image": "evil.example.net/x:latest"}"""));
        (await UntilHealthAsync("MCPServer", "refused", "Degraded")).Should().StartWith("ImageNotPinned: ");
        await ApplyAsync(Server("sleeps", """{"suspend": true}"""));
        (await UntilHealthAsync("MCPServer", "sleeps", "Suspended")).Should().Contain("spec.suspend");

        var changed = await ReadAsync("MCPServer", "works");
        changed["metadata"]!["generation"] = (long)changed["metadata"]!["generation"]! + 1;
        LuaHealth.Of(changed).Status.Should().Be("Progressing", "the status speaks of an older version");

        // The status of a server that works, and of a version beside it that waits for somebody.
        var held = await ReadAsync("MCPServer", "works");
        var review = held["status"]!["conditions"]!.AsArray().Single(c => (string?)c!["type"] == ConditionTypes.ReviewCurrent)!;
        (review["status"], review["reason"], review["message"]) = ("False", Reasons.HeldForReview, "Tool echo says something else.");
        LuaHealth.Of(held).Should().Be(("Suspended", "HeldForReview: Tool echo says something else. The approved version serves meanwhile."));
    }

    [Test, Order(2)]
    public async Task A_tool_configuration_is_healthy_when_it_is_valid()
    {
        LuaHealth.Of(Object("MCPToolConfig", "never-seen", "{}")).Status.Should().Be("Progressing");

        await ApplyAsync(Object("MCPToolConfig", "good", """{"toolsFilter": ["a"]}"""));
        await UntilHealthAsync("MCPToolConfig", "good", "Healthy");
        await ApplyAsync(Object("MCPToolConfig", "clash", """{"toolsOverride": {"a": {"name": "same"}, "b": {"name": "same"}}}"""));
        (await UntilHealthAsync("MCPToolConfig", "clash", "Degraded")).Should().StartWith("ToolNameCollision: ");
    }

    [Test, Order(3)]
    public async Task Grants_and_sessions_are_healthy_when_the_proxies_are_told_of_them_and_suspended_when_they_have_ended()
    {
        await ApplyAsync(Server("guarded", "{}"));
        await ApplyAsync(Object("MCPAccessGrant", "good", """{"serverRef": {"name": "guarded"}, "subjects": [{"user": "alice"}], "allowedSideEffects": ["read"]}"""));
        await UntilHealthAsync("MCPAccessGrant", "good", "Healthy");
        await ApplyAsync(Object("MCPAccessGrant", "off", """{"serverRef": {"name": "guarded"}, "subjects": [{"user": "bob"}], "allowedSideEffects": ["read"], "disabled": true}"""));
        (await UntilHealthAsync("MCPAccessGrant", "off", "Suspended")).Should().Contain("spec.disabled");
        await ApplyAsync(Object("MCPAccessGrant", "lost", """{"serverRef": {"name": "nobody"}, "subjects": [{"user": "bob"}], "allowedSideEffects": ["read"]}"""));
        (await UntilHealthAsync("MCPAccessGrant", "lost", "Degraded")).Should().Contain("spec.serverRef");

        var soon = DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        await ApplyAsync(Object("MCPAgentSession", "live", $$"""{"serverRef": {"name": "guarded"}, "subject": {"user": "alice"}, "expiresAt": "{{soon}}"}"""));
        await UntilHealthAsync("MCPAgentSession", "live", "Healthy");
        await ApplyAsync(Object("MCPAgentSession", "over", $$"""{"serverRef": {"name": "guarded"}, "subject": {"user": "alice"}, "expiresAt": "{{soon}}", "revoked": true}"""));
        (await UntilHealthAsync("MCPAgentSession", "over", "Suspended")).Should().Contain("revoked");
        await ApplyAsync(Object("MCPAgentSession", "vain", $$"""{"serverRef": {"name": "guarded"}, "subject": {"user": "carol"}, "expiresAt": "{{soon}}"}"""));
        (await UntilHealthAsync("MCPAgentSession", "vain", "Degraded")).Should().StartWith("NoGrant: ");
    }

    /// <summary>
    /// Two managers apply: Argo CD what stands in Git, the operator what it makes of it. The admission webhook stamps besides. What Argo CD
    /// would apply next is what is there, to the last field, so nothing has to be ignored, and healing itself changes nothing.
    /// </summary>
    [Test, Order(9)]
    public async Task What_git_says_is_what_is_there_and_applying_it_again_changes_nothing()
    {
        await _operator.DisposeAsync();
        await _cluster.AllowSelfRegistrationAsync();
        var port = OperatorProcess.FreePort();
        _operator = await OperatorProcess.StartAsync(_cluster.OperatorKubeconfig, Config, "--webhook-address", $"127.0.0.1:{port}", "--webhook-url", $"https://127.0.0.1:{port}");
        var tools = Object("MCPToolConfig", "git-tools", """{"toolsFilter": ["a", "b"], "toolsOverride": {"a": {"description": "A."}}}""");
        var server = Server("git", """
            {"runtime": "Knative", "toolConfigRef": {"name": "git-tools"}, "tools": [{"name": "a"}, {"name": "b", "sideEffect": "write"}], "env": [{"name": "A", "value": "1"}],
             "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}}, "scaling": {"minScale": 1}}
            """);
        foreach (var (made, id) in new[] { (tools, "MCPToolConfig"), (server, "MCPServer") })
        {
            made["metadata"]!["labels"] = new JsonObject { ["app.kubernetes.io/instance"] = "team" };
            made["metadata"]!["annotations"] = new JsonObject { ["argocd.argoproj.io/tracking-id"] = $"team:mcpoperator.io/{id}:{Ns}/{made["metadata"]!["name"]}" };
            await Api.ApplyAsync(made, Argo);
        }

        await MakeReadyAsync("git");
        await UntilHealthAsync("MCPServer", "git", "Healthy");
        await UntilHealthAsync("MCPToolConfig", "git-tools", "Healthy");

        foreach (var made in (JsonObject[])[tools, server])
        {
            var (kind, name) = ((string)made["kind"]!, (string)made["metadata"]!["name"]!);
            var live = await ReadAsync(kind, name);
            var predicted = await DryRunAsync(made);
            JsonNode.DeepEquals(Compared(predicted), Compared(live)).Should().BeTrue($"Argo CD sees\n{Compared(predicted)}\nagainst\n{Compared(live)}");

            await Api.ApplyAsync(made, Argo);
            var again = await ReadAsync(kind, name);
            JsonNode.DeepEquals(Compared(again), Compared(live)).Should().BeTrue($"applying again leads to\n{Compared(again)}\nafter\n{Compared(live)}");
            ((long?)again["metadata"]!["generation"]).Should().Be((long?)live["metadata"]!["generation"]);
            if (_cluster.MinorVersion >= 22)
            {
                // Older API servers write the time of an apply that changes nothing.
                ((string?)again["metadata"]!["resourceVersion"]).Should().Be((string?)live["metadata"]!["resourceVersion"], $"applying {kind} again writes nothing");
            }

            foreach (var manager in live["metadata"]!["managedFields"]!.AsArray().Where(m => (string?)m!["manager"] is not (Argo or "mcp-tests")))
            {
                manager!["fieldsV1"]!.AsObject().Select(f => f.Key).Should().Equal(["f:status"], $"{manager["manager"]} writes status and nothing else");
            }
        }

        // Somebody changes by hand what Git says otherwise; Argo CD heals it, and the operator follows both times.
        await Api.MergeAsync(Types.Server, Ns, "git", Parse("""{"spec": {"scaling": {"minScale": 2}}}"""));
        (await DryRunAsync(server))["spec"]!["scaling"]!["minScale"]!.ToString().Should().Be("1", "the difference is seen");
        await Api.ApplyAsync(server, Argo);
        (await ReadAsync("MCPServer", "git"))["spec"]!["scaling"]!["minScale"]!.ToString().Should().Be("1");

        // What Git no longer says goes.
        server["spec"]!.AsObject().Remove("env");
        await Api.ApplyAsync(server, Argo);
        (await ReadAsync("MCPServer", "git"))["spec"]!.AsObject().ContainsKey("env").Should().BeFalse();

        // Children are ours alone: Argo CD would adopt or prune what bears its marks.
        var children = (await Task.WhenAll(Types.Children.Select(t => Api.ListAsync(t, Ns, $"{Labels.Server}=git")))).SelectMany(c => c).ToList();
        children.Should().HaveCountGreaterThan(5);
        foreach (var child in children)
        {
            child["metadata"]!["ownerReferences"].Should().NotBeNull();
            (child["metadata"]!["annotations"]?.ToJsonString() + child["metadata"]!["labels"]!.ToJsonString()).Should().NotContain("argocd").And.NotContain("app.kubernetes.io/instance");
        }
    }

    private static JsonObject Object(string kind, string name, string spec) => Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "{{kind}}", "metadata": {"name": "{{name}}", "namespace": "{{Ns}}"}, "spec": {{spec}} }""");

    private static JsonObject Server(string name, string spec)
    {
        var made = Object("MCPServer", name, spec);
        made["spec"]!["image"] ??= Image;
        return made;
    }

    private Task<JsonObject> ApplyAsync(JsonObject made) => Api.ApplyAsync(made, Argo);

    private Task<JsonObject> ReadAsync(string kind, string name) => Api.GetAsync(Types.Of(kind), Ns, name);

    /// <summary>Waits until Argo CD would say so.</summary>
    /// <returns>What it would say besides.</returns>
    private async Task<string> UntilHealthAsync(string kind, string name, string status, string begins = "") => (await Eventually.Becomes(
        async () => LuaHealth.Of(await ReadAsync(kind, name)), h => h.Status == status && h.Message.StartsWith(begins, StringComparison.Ordinal), $"{kind} {name} is {status}", () => _operator.LogEnd, TimeSpan.FromSeconds(60))).Message;

    /// <summary>Knative says that its Service works.</summary>
    private async Task MakeReadyAsync(string server)
    {
        var name = server + "-mcp";
        await Eventually.Becomes(() => Api.FindAsync(Knative, Ns, name), s => s is not null, $"{name} is there", () => _operator.LogEnd);
        await Simulated.KnativeAsync(Api, Ns, name);
    }

    /// <summary>What an apply by Argo CD would lead to.</summary>
    private async Task<JsonObject> DryRunAsync(JsonObject made)
    {
        var path = KubeApi.Path(Types.Of((string)made["kind"]!), Ns, (string)made["metadata"]!["name"]!);
        var answer = await Api.SendAsync(HttpMethod.Patch, $"{path}?fieldManager={Argo}&force=true&dryRun=All", made, "application/apply-patch+yaml");
        return answer.IsGood ? answer.Body : throw new KubeRefusedException("dry run", answer);
    }

    /// <summary>What Argo CD compares: everything but status and the API server's own notes.</summary>
    private static JsonObject Compared(JsonObject live)
    {
        var compared = live.DeepClone().AsObject();
        compared.Remove("status");
        foreach (var field in (string[])["managedFields", "resourceVersion", "generation"])
        {
            compared["metadata"]!.AsObject().Remove(field);
        }

        return compared;
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static class Types
    {
        public static ResourceType Server { get; } = Of("MCPServer");

        public static IReadOnlyList<ResourceType> Children { get; } =
        [
            ResourceType.Of<V1ServiceAccount>(), ResourceType.Of<V1Role>(), ResourceType.Of<V1RoleBinding>(), ResourceType.Of<V1ConfigMap>(), ResourceType.Of<V1Secret>(),
            ResourceType.Of<V1NetworkPolicy>(), ResourceType.Of<V1Service>(), Knative, ResourceType.Of<V1ServiceMonitor>(),
        ];

        public static ResourceType Of(string kind) => new(ApiGroup.Name, ApiGroup.V1Alpha1, kind, kind.ToLowerInvariant() + "s");
    }
}
