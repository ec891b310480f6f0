using System.Net;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>The webhooks in front of a real API server. A cluster of their own: they would refuse what other tests need.</summary>
[Order(90)]
public sealed class AdmissionTests() : OwnClusterTest("admission")
{
    private const string Bad = "evil.example.net/x:latest";

    [OneTimeSetUp]
    public async Task Start()
    {
        await StartClusterAsync("""
            images:
              allowedRegistries: [ghcr.io/acme]
              signatures: {mode: "Off"}
            quotas:
              default: {maxServersPerTenant: 3, maxToolsPerServer: 2}
            """);
        await StartOperatorAsync();
    }

    private static JsonObject Manifest(string name, string image = Suite.Image, string more = "") => Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "{{name}}"}, "spec": {"image": "{{image}}" {{more}} } }""");

    private Task<KubeAnswer> PostAsync(JsonObject manifest, string query = "") => Api.SendAsync(HttpMethod.Post, KubeApi.Path(Kinds.Server, Ns) + query, manifest);

    private static string? Reason(KubeAnswer answer) => (string?)answer.Body["reason"];

    [Test, Order(0)]
    public async Task What_breaks_a_rule_is_refused_with_its_field_and_the_fix_and_what_does_not_bears_its_author()
    {
        var refused = await PostAsync(Manifest("bad", Bad));
        refused.Code.Should().Be(HttpStatusCode.UnprocessableEntity, refused.Text);
        Reason(refused).Should().Be(Reasons.ImageNotPinned);
        refused.Body["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]).Should().Equal("spec.image", "spec.image");

        var forged = Manifest("good");
        forged["metadata"]!["annotations"] = new JsonObject { [Annotations.ChangedBy] = "somebody-else" };
        var good = await PostAsync(forged);
        good.IsGood.Should().BeTrue(good.Text);
        var author = (string?)good.Body["metadata"]!["annotations"]![Annotations.ChangedBy];
        author.Should().NotBeNullOrEmpty().And.NotBe("somebody-else");

        var again = await Api.MergeAsync(Kinds.Server, Ns, "good", Json.Parse($$"""{"metadata": {"annotations": {"{{Annotations.ChangedBy}}": "mallory", "{{Annotations.DecidedBy}}": "mallory"} } }"""));
        ((string?)again["metadata"]!["annotations"]![Annotations.ChangedBy]).Should().Be(author);
        again["metadata"]!["annotations"]!.AsObject().ContainsKey(Annotations.DecidedBy).Should().BeFalse();
        await UntilConditionAsync("good", "SpecAccepted", "True/");
    }

    [Test, Order(1)]
    public async Task A_dry_run_is_decided_and_stores_nothing()
    {
        Reason(await PostAsync(Manifest("bad", Bad), "?dryRun=All")).Should().Be(Reasons.ImageNotPinned);
        (await PostAsync(Manifest("good"), "?dryRun=All")).IsGood.Should().BeTrue();
        (await Api.FindAsync(Kinds.Server, Ns, "good")).Should().BeNull();
    }

    [Test, Order(2)]
    public async Task Quotas_hold()
    {
        for (var i = 0; i < 3; i++)
        {
            (await PostAsync(Manifest($"s{i}"))).IsGood.Should().BeTrue();
        }

        // Memory may be a moment behind; what slips through then is held back by the reconcile.
        await Eventually.Becomes(() => PostAsync(Manifest("over"), "?dryRun=All"), a => Reason(a) == Reasons.QuotaExceeded, "the quota is reached");
        Reason(await Api.SendAsync(HttpMethod.Patch, KubeApi.Path(Kinds.Server, Ns, "s0"), JsonNode.Parse("""{"spec": {"tools": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}}"""), "application/merge-patch+json"))
            .Should().Be(Reasons.QuotaExceeded);
    }

    [Test, Order(3)]
    public async Task A_tool_configuration_in_use_cannot_be_deleted_but_its_namespace_can()
    {
        await CreateToolConfigAsync("tools", "{}");
        await CreateServerAsync("user", """{"toolConfigRef": {"name": "tools"}}""");
        await Eventually.Becomes(
            () => Api.SendAsync(HttpMethod.Delete, KubeApi.Path(Kinds.ToolConfig, Ns, "tools") + "?dryRun=All"), a => Reason(a) == Reasons.StillInUse, "it is in use");

        await Api.DeleteAsync(Kinds.Namespace, null, Ns);
        await Eventually.Becomes(() => Api.FindAsync(Kinds.Namespace, null, Ns), n => n is null, "the namespace goes", () => Operator?.LogEnd, TimeSpan.FromSeconds(60));
    }

    [Test, Order(9)]
    public async Task Down_nothing_gets_in_and_without_the_webhooks_the_reconcile_holds_back_what_is_bad()
    {
        (await PostAsync(Manifest("before", more: """, "port": 8080"""))).IsGood.Should().BeTrue();
        await Operator!.KillAsync();
        var refused = await PostAsync(Manifest("down"));
        refused.Code.Should().Be(HttpStatusCode.InternalServerError, refused.Text);

        await Api.DeleteAsync(Kinds.ValidatingWebhooks, null, "mcp-operator");
        await Api.DeleteAsync(Kinds.MutatingWebhooks, null, "mcp-operator");
        await Eventually.Becomes(() => PostAsync(Manifest("bad", Bad)), a => a.IsGood, "nobody refuses any more");
        var held = Manifest("held", Bad);
        held["metadata"]!["finalizers"] = new JsonArray("example.com/hold");
        (await PostAsync(held)).IsGood.Should().BeTrue();

        await StopOperatorAsync();
        await StartOperatorAsync();
        var found = await UntilConditionAsync("bad", "ImageAccepted", $"False/{Reasons.ImageNotPinned}");
        found.Condition("Ready").Should().StartWith("False/");
        (await ChildrenAsync("bad")).Should().BeEmpty();

        // What is bad can still be labelled, and can go, finalizer and all.
        await Api.MergeAsync(Kinds.Server, Ns, "held", Json.Parse("""{"metadata": {"labels": {"a": "b"}}}"""));
        await Api.DeleteAsync(Kinds.Server, Ns, "held");
        await Api.MergeAsync(Kinds.Server, Ns, "held", Json.Parse("""{"metadata": {"finalizers": null}}"""));
        await UntilGoneAsync(Kinds.Server, "held");
        Reason(await Api.SendAsync(HttpMethod.Patch, KubeApi.Path(Kinds.Server, Ns, "bad"), JsonNode.Parse("""{"spec": {"port": 1234}}"""), "application/merge-patch+json"))
            .Should().Be(Reasons.ImageNotPinned);
    }
}
