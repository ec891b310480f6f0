using System.Net;
using System.Text.Json.Nodes;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>Whoever applies a server owns its spec alone, so that what is removed from a manifest goes, whatever the operator has reported meanwhile.</summary>
[Order(0)]
public sealed class OwnershipTests : ServerTest
{
    private const string Applier = "argocd-controller";

    [Test]
    public async Task Reporting_takes_no_field_from_whoever_applied_it()
    {
        // Fields that the operator would write otherwise than they came: an order of its own, a quantity, an empty list.
        await ApplyAsync("""{"port": 9090, "timeoutSeconds": 120, "args": [], "resources": {"limits": {"memory": "0.5Gi"}}, "tools": [{"inputSchema": {"type": "object", "b": 1.0, "a": {}}, "name": "tell", "description": "Tells."}]}""");
        var reported = await UntilConditionAsync("applied", "PolicyPublished", "True/");

        foreach (var entry in reported.List("metadata.managedFields").Where(e => e.Text("manager") != Applier))
        {
            entry.At("fieldsV1")!.AsObject().Select(f => f.Key).Should().NotContain("f:spec", entry.ToJsonString());
        }

        await ApplyAsync("""{"port": 9090}""");
        var after = await ServerAsync("applied");
        after.At("spec.resources").Should().BeNull("nobody else holds it");
        after.At("spec.args").Should().BeNull();
        after.Text("spec.timeoutSeconds").Should().Be("300", "that is the default");
    }

    /// <summary>The operator's client relies on this, and its own tests have no real API server.</summary>
    [Test]
    public async Task A_status_that_is_written_on_an_old_version_is_a_conflict()
    {
        await CreateServerAsync("old");
        await UntilConditionAsync("old", "PolicyPublished", "True/");
        var status = (await ServerAsync("old")).At("status")!.DeepClone();

        var late = await Api.SendAsync(HttpMethod.Patch, KubeApi.Path(Kinds.Server, Ns, "old", "status"), new JsonArray(
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = "1" },
            new JsonObject { ["op"] = "add", ["path"] = "/status", ["value"] = status }), "application/json-patch+json");

        late.Code.Should().Be(HttpStatusCode.Conflict, late.Text);
        late.Body.Text("reason").Should().Be("Conflict");
    }

    private async Task ApplyAsync(string spec)
    {
        var server = Json.Parse($$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "applied", "namespace": "{{Ns}}"}, "spec": {{spec}} }""");
        server["spec"]!["image"] = Suite.Image;
        var answer = await Api.SendAsync(HttpMethod.Patch, $"{KubeApi.Path(Kinds.Server, Ns, "applied")}?fieldManager={Applier}&force=true", (JsonNode)server, "application/apply-patch+yaml");
        answer.Code.Should().BeOneOf([HttpStatusCode.OK, HttpStatusCode.Created], answer.Text);
    }
}
