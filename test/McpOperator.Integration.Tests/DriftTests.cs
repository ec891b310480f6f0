using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>What others do to children is undone, and what is not ours is left alone.</summary>
[Order(0)]
public sealed class DriftTests : ServerTest
{
    /// <summary>An edit by hand for each kind of child; where it can, one that opens something.</summary>
    private static readonly IReadOnlyList<(ResourceType Type, string Name, string Patch)> Edits =
    [
        (Kinds.ServiceAccount, "echo-mcp", """{"automountServiceAccountToken": true}"""),
        (Kinds.Role, "echo-mcp", """{"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]}"""),
        (Kinds.RoleBinding, "echo-mcp", """{"subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"}]}"""),
        (Kinds.ConfigMap, "", """{"data": {"policy.json": "{}"}}"""),
        // What a version is made of cannot be changed; its labels can, and without them it is out of the operator's sight.
        (Kinds.Version, "", """{"metadata": {"labels": {"app.kubernetes.io/managed-by": "somebody"}}}"""),
        (Kinds.Secret, "echo-mcp-session", """{"metadata": {"labels": {"app.kubernetes.io/managed-by": "somebody"}}}"""),
        (Kinds.NetworkPolicy, "echo-mcp", """{"spec": {"policyTypes": ["Ingress"]}}"""),
        (Kinds.NetworkPolicy, "echo-mcp", """{"spec": {"podSelector": {"matchLabels": {"app": "elsewhere"}}}}"""),
        (Kinds.NetworkPolicy, "echo-mcp", """{"spec": {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}}"""),
        (Kinds.Service, "echo-mcp-metrics", """{"spec": {"ports": [{"name": "metrics", "port": 1, "targetPort": 8080}]}}"""),
        (Kinds.Monitor, "echo-mcp", """{"spec": {"endpoints": [{"port": "metrics", "path": "/elsewhere"}]}}"""),
    ];

    [Test]
    public async Task Every_child_that_is_edited_by_hand_comes_back()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await CreateServerAsync("pod", """{"runtime": "Deployment"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
        await UntilChildrenAsync("pod", DeploymentChildren("pod"));
        const string Container = """{"containers": [{"name": "server", "image": "evil/image"}]}""";

        foreach (var (type, name, patch) in ((ResourceType, string, string)[])
        [
            .. Edits,
            (Kinds.Knative, "echo-mcp", $$"""{"spec": {"template": {"spec": {{Container}} } } }"""),
            (Kinds.Deployment, "pod-mcp", """{"spec": {"replicas": 5, "template": {"spec": {"serviceAccountName": "default"}}}}"""),
            (Kinds.Service, "pod-mcp", """{"spec": {"selector": {"app": "elsewhere"}}}"""),
            (Kinds.Service, "pod-mcp", """{"spec": {"ports": [{"name": "http", "port": 8080, "targetPort": 18080}, {"name": "open", "port": 1, "targetPort": 8080}]}}"""),
        ])
        {
            await EditedComesBackAsync(type, name.Length > 0 ? name : (await ChildrenAsync("echo")).First(c => c.Type == type && c.Item.At("metadata.labels")!.AsObject().ContainsKey(Labels.Role)).Item.Name(), patch);
        }
    }

    private async Task EditedComesBackAsync(ResourceType type, string name, string patch)
    {
        var before = Essence(await Api.GetAsync(type, Ns, name));
        var edited = Essence(await Api.MergeAsync(type, Ns, name, JsonNode.Parse(patch)!));
        edited.Should().NotBe(before, $"the edit of {type} is one");
        await UntilAsync(type, name, o => Essence(o) == before, "is as before");
    }

    [Test]
    public async Task An_extra_rule_in_a_network_policy_goes_again()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
        var before = await Api.GetAsync(Kinds.NetworkPolicy, Ns, "echo-mcp");
        var rules = before.At("spec.ingress")!.DeepClone().AsArray();
        rules.Add(new JsonObject());

        await Api.MergeAsync(Kinds.NetworkPolicy, Ns, "echo-mcp", new JsonObject { ["spec"] = new JsonObject { ["ingress"] = rules } });

        await UntilAsync(Kinds.NetworkPolicy, "echo-mcp", o => Essence(o) == Essence(before), "is as before");
    }

    [Test]
    public async Task A_container_that_somebody_adds_to_the_pods_goes_again()
    {
        await CreateServerAsync("pod", """{"runtime": "Deployment"}""");
        await UntilChildrenAsync("pod", DeploymentChildren("pod"));
        var before = await Api.GetAsync(Kinds.Deployment, Ns, "pod-mcp");
        var containers = before.At("spec.template.spec.containers")!.DeepClone().AsArray();
        containers.Add(Json.Parse("""{"name": "stowaway", "image": "evil/image"}"""));

        await Api.MergeAsync(Kinds.Deployment, Ns, "pod-mcp", Json.Parse($$$$"""{"spec": {"template": {"spec": {"containers": {{{{containers.ToJsonString()}}}} } } } }"""));

        await UntilAsync(Kinds.Deployment, "pod-mcp", d => Essence(d) == Essence(before), "is as before");
        await UntilEventAsync("pod", "DriftCorrected");
    }

    [Test]
    public async Task Every_child_that_is_deleted_comes_back()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await CreateServerAsync("pod", """{"runtime": "Deployment"}""");
        foreach (var (server, names) in new[] { ("echo", KnativeChildren("echo")), ("pod", DeploymentChildren("pod")) })
        {
            var children = await UntilChildrenAsync(server, names);
            await Task.WhenAll(children.Select(c => Api.DeleteAsync(c.Type, Ns, c.Item.Name())));
            var again = await UntilChildrenAsync(server, names);
            foreach (var (type, item) in children)
            {
                await UntilAsync(type, item.Name(), o => o.Text("metadata.uid") != item.Text("metadata.uid"), "is a new one");
            }
        }
    }

    [Test]
    public async Task A_session_key_that_is_taken_out_of_its_Secret_is_replaced_and_another_stays()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
        var before = (await Api.GetAsync(Kinds.Secret, Ns, "echo-mcp-session")).Text("data.key");

        // Somebody rotates the key: that is theirs to do.
        var rotated = Convert.ToBase64String(new byte[32]);
        await Api.MergeAsync(Kinds.Secret, Ns, "echo-mcp-session", new JsonObject { ["data"] = new JsonObject { ["key"] = rotated } });
        await ChangeServerAsync("echo", """{"spec": {"timeoutSeconds": 10}}""");
        await UntilAsync(Kinds.Knative, "echo-mcp", k => k.Text("spec.template.spec.timeoutSeconds") == "10", "has the new limit");
        (await Api.GetAsync(Kinds.Secret, Ns, "echo-mcp-session")).Text("data.key").Should().Be(rotated).And.NotBe(before);

        await Api.MergeAsync(Kinds.Secret, Ns, "echo-mcp-session", Json.Parse("""{"data": null}"""));
        await UntilAsync(Kinds.Secret, "echo-mcp-session", s => !string.IsNullOrEmpty(s.Text("data.key")), "has a key");
    }

    [Test]
    public async Task An_object_of_a_childs_name_that_is_not_ours_stays_untouched_and_is_reported()
    {
        var policy = await PolicyNameAsync();
        foreach (var (type, name, manifest, condition) in new[]
        {
            (Kinds.ConfigMap, policy, """{"data": {"mine": "yes"}}""", "PolicyPublished"),
            (Kinds.Secret, "echo-mcp-session", """{"data": {"mine": "eWVz"}}""", "PolicyPublished"),
            (Kinds.NetworkPolicy, "echo-mcp", """{"spec": {"podSelector": {}}}""", "NetworkIsolated"),
            (Kinds.Knative, "echo-mcp", """{"spec": {"template": {"spec": {"containers": [{"image": "mine"}]}}}}""", "WorkloadReady"),
            (Kinds.Monitor, "echo-mcp", """{"spec": {"selector": {}, "endpoints": []}}""", "MonitoringReady"),
        })
        {
            await KeepsAwayAsync(type, name, manifest, condition);
        }
    }

    [Test]
    public async Task An_object_with_our_labels_that_another_server_controls_is_not_ours()
    {
        var policy = await PolicyNameAsync();
        var other = await CreateServerAsync("other", """{"runtime": "Knative", "suspend": true}""");
        var uid = other.Text("metadata.uid");
        var foreign = Json.Parse($$"""
            {"metadata": {"name": "{{policy}}", "labels": { "{{Labels.ManagedBy}}": "{{Labels.Manager}}", "{{Labels.Component}}": "{{Labels.McpServer}}", "{{Labels.Server}}": "echo" },
              "ownerReferences": [{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "name": "other", "uid": "{{uid}}", "controller": true}] },
             "data": {"mine": "yes"} }
            """);
        var before = await Api.CreateAsync(Kinds.ConfigMap, Ns, foreign);

        await CreateServerAsync("echo", """{"runtime": "Knative"}""");

        await UntilConditionAsync("echo", "PolicyPublished", "False/NotOwned");
        (await Api.GetAsync(Kinds.ConfigMap, Ns, policy)).ToJsonString().Should().Be(before.ToJsonString());
        (await Api.FindAsync(Kinds.Knative, Ns, "echo-mcp")).Should().BeNull("without its policy nothing runs");
    }

    /// <summary>The name of the policy object that a server "echo" gets: it hangs on the pods' template alone.</summary>
    private async Task<string> PolicyNameAsync()
    {
        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
        var name = (await UntilPolicyAsync("echo")).Name();
        await Api.DeleteAsync(Kinds.Server, Ns, "echo");
        await UntilChildrenAsync("echo", []);
        return name;
    }

    private async Task KeepsAwayAsync(ResourceType type, string name, string manifest, string condition)
    {
        var foreign = Json.Parse(manifest);
        (foreign["apiVersion"], foreign["kind"], foreign["metadata"]) = (type.ApiVersion, type.Kind, new JsonObject { ["name"] = name });
        var before = await Api.CreateAsync(type, Ns, foreign);

        await CreateServerAsync("echo", """{"runtime": "Knative"}""");
        var told = await UntilConditionAsync("echo", condition, "False/NotOwned");
        told.Condition(condition).Should().Contain(name).And.Contain("left alone");
        await UntilEventAsync("echo", "NotOwned");
        var after = await Api.GetAsync(type, Ns, name);
        after.ToJsonString().Should().Be(before.ToJsonString(), $"{type} {name} is not ours");

        await Api.DeleteAsync(type, Ns, name);
        // It would look again within half a minute; a touch makes it look now.
        await ChangeServerAsync("echo", """{"metadata": {"annotations": {"touched": "yes"}}}""");
        await UntilChildrenAsync("echo", KnativeChildren("echo"));
        await UntilConditionAsync("echo", condition, condition == "WorkloadReady" ? "Unknown/" : "True/");

        await Api.DeleteAsync(Kinds.Server, Ns, "echo");
        await UntilChildrenAsync("echo", []);
    }

    /// <summary>An object without what every write or re-creation changes.</summary>
    private static string Essence(JsonObject item)
    {
        var copy = item.DeepClone().AsObject();
        copy.Remove("status");
        // Kubernetes' own controllers add an account's tokens after a moment.
        copy.Remove("secrets");
        foreach (var field in (string[])["resourceVersion", "managedFields", "generation"])
        {
            copy["metadata"]!.AsObject().Remove(field);
        }

        if (copy["metadata"]!["annotations"] is JsonObject annotations)
        {
            // Kubernetes' own Deployment controller counts its ReplicaSets here.
            annotations.Remove("deployment.kubernetes.io/revision");
        }

        return copy.ToJsonString();
    }
}
