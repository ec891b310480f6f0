using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using static McpOperator.Webhooks.Tests.AdmissionFixture;

namespace McpOperator.Webhooks.Tests;

public sealed class StampTests
{
    private AdmissionFixture _fixture = null!;

    [SetUp]
    public async Task Start() => _fixture = await StartAsync();

    [TearDown]
    public async Task Stop() => await _fixture.DisposeAsync();

    private static MCPServer With(MCPServer server, params (string Key, string? Value)[] annotations) =>
        server with { Metadata = server.Metadata with { Annotations = annotations.Where(a => a.Value is not null).ToDictionary(a => a.Key, a => a.Value!) } };

    /// <summary>The stamps that the object has after the mutating webhook, which the validating one then has to accept.</summary>
    private async Task<(string? ChangedBy, string? DecidedBy)> StampsAfterAsync(string operation, MCPServer item, MCPServer? old, string user, string? refused = null)
    {
        var question = Question(operation, item, old, user: user);
        var answer = await _fixture.MutateAsync(question);
        answer.Allowed.Should().BeTrue();
        var metadata = question["request"]!["object"]!["metadata"]!.AsObject();
        if ((string?)answer.Response["patch"] is { } patch)
        {
            ((string?)answer.Response["patchType"]).Should().Be("JSONPatch");
            Apply(metadata, JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(patch)))!.AsArray());
        }

        var verdict = await _fixture.ValidateAsync(question);
        verdict.Allowed.Should().Be(refused is null, verdict.Text);
        if (refused is not null)
        {
            // The stamps are right; what is wrong is the decision.
            verdict.Reason.Should().Be(refused);
        }

        var found = metadata["annotations"];
        return ((string?)found?[Annotations.ChangedBy], (string?)found?[Annotations.DecidedBy]);
    }

    private static void Apply(JsonObject metadata, JsonArray patch)
    {
        foreach (var step in patch)
        {
            var path = (string)step!["path"]!;
            if (path == "/metadata/annotations")
            {
                metadata["annotations"] = new JsonObject();
                continue;
            }

            var key = path["/metadata/annotations/".Length..].Replace("~1", "/", StringComparison.Ordinal);
            if ((string?)step["op"] == "remove")
            {
                metadata["annotations"]!.AsObject().Remove(key).Should().BeTrue("an API server refuses to remove what is not there");
            }
            else
            {
                metadata["annotations"]![key] = step["value"]!.DeepClone();
            }
        }
    }

    [Test]
    public async Task A_new_server_bears_its_author_whatever_the_client_wrote()
    {
        (await StampsAfterAsync("CREATE", MakeServer(), null, "bob")).Should().Be(("bob", null));
        (await StampsAfterAsync("CREATE", With(MakeServer(), (Annotations.ChangedBy, "carol"), (Annotations.DecidedBy, "dave")), null, "bob")).Should().Be(("bob", null));
    }

    [Test]
    public async Task A_changed_spec_bears_who_changed_it_and_other_changes_keep_the_author()
    {
        var old = With(MakeServer(), (Annotations.ChangedBy, "alice"));
        var changed = old with { Spec = old.Spec with { Port = 9000 } };
        (await StampsAfterAsync("UPDATE", changed, old, "bob")).Should().Be(("bob", null));
        (await StampsAfterAsync("UPDATE", With(old, (Annotations.ChangedBy, "mallory")), old, "mallory")).Should().Be(("alice", null));
        (await StampsAfterAsync("UPDATE", MakeServer(), old, "mallory")).Should().Be(("alice", null), "a stamp cannot be removed");
        (await StampsAfterAsync("UPDATE", With(MakeServer(), ("a", "b")), MakeServer(), "mallory")).Should().Be((null, null), "an object from before the webhook has none");
    }

    [Test]
    public async Task A_decision_bears_who_made_it()
    {
        var old = With(MakeServer(), (Annotations.ChangedBy, "alice"));
        var decided = With(MakeServer(), (Annotations.ChangedBy, "alice"), (Annotations.Decision, "approve:x"), (Annotations.DecidedBy, "alice"));
        (await StampsAfterAsync("UPDATE", decided, old, "bob", Reasons.DecisionInvalid)).Should().Be(("alice", "bob"));

        var byBob = With(MakeServer(), (Annotations.ChangedBy, "alice"), (Annotations.Decision, "approve:x"), (Annotations.DecidedBy, "bob"));
        (await StampsAfterAsync("UPDATE", decided, byBob, "mallory")).Should().Be(("alice", "bob"), "the decision is bob's as long as it stands");
        (await StampsAfterAsync("UPDATE", With(byBob, (Annotations.ChangedBy, "alice"), (Annotations.Decision, "approve:y"), (Annotations.DecidedBy, "bob")), byBob, "mallory", Reasons.DecisionInvalid)).Should().Be(("alice", "mallory"));
        (await StampsAfterAsync("UPDATE", With(byBob, (Annotations.ChangedBy, "alice"), (Annotations.DecidedBy, "bob")), byBob, "mallory")).Should().Be(("alice", null), "no decision, nobody who decided");
    }

    [Test]
    public async Task Whoever_changed_what_is_not_settled_stays_on_the_list()
    {
        var unsettled = With(MakeServer() with { Metadata = MakeServer().Metadata with { Generation = 2 }, Status = new() { ObservedGeneration = 1 } }, (Annotations.ChangedBy, "mallory"));
        unsettled = unsettled with { Metadata = unsettled.Metadata with { Generation = 2 } };
        (await StampsAfterAsync("UPDATE", unsettled with { Spec = unsettled.Spec with { Port = 9000 } }, unsettled, "bob")).ChangedBy.Should().Be("mallory\nbob");

        var pending = unsettled with { Status = new() { ObservedGeneration = 2, Pending = new() { Version = 2, Image = Image } } };
        (await StampsAfterAsync("UPDATE", pending with { Spec = pending.Spec with { Port = 9000 } }, pending, "bob")).ChangedBy.Should().Be("mallory\nbob");
        (await StampsAfterAsync("UPDATE", pending with { Spec = pending.Spec with { Port = 9000 } }, pending, "mallory")).ChangedBy.Should().Be("mallory");

        var settled = pending with { Status = new() { ObservedGeneration = 2 } };
        (await StampsAfterAsync("UPDATE", settled with { Spec = settled.Spec with { Port = 9000 } }, settled, "bob")).ChangedBy.Should().Be("bob");
    }

    [Test]
    public async Task A_tool_configuration_bears_its_author_as_well()
    {
        var config = new MCPToolConfig { Metadata = new() { Name = "tools", NamespaceProperty = Namespace }, Spec = new() { ToolsFilter = ["a"] } };
        var question = Question("CREATE", config, kind: "MCPToolConfig", user: "bob");
        (await _fixture.ValidateAsync(question, "mcptoolconfig")).Reason.Should().Be(Reasons.StampForged, "the mutating webhook has not been there");

        var answer = await _fixture.MutateAsync(question, "mcptoolconfig");
        Apply(question["request"]!["object"]!["metadata"]!.AsObject(), JsonNode.Parse(Convert.FromBase64String((string)answer.Response["patch"]!))!.AsArray());

        ((string?)question["request"]!["object"]!["metadata"]!["annotations"]![Annotations.ChangedBy]).Should().Be("bob");
        (await _fixture.ValidateAsync(question, "mcptoolconfig")).Allowed.Should().BeTrue();
    }

    [Test]
    public async Task A_forged_stamp_is_refused_where_the_mutating_webhook_is_missing()
    {
        var old = With(MakeServer(), (Annotations.ChangedBy, "alice"));

        (await _fixture.ValidateAsync(Question("CREATE", MakeServer(), null, user: "bob"))).Reason.Should().Be(Reasons.StampForged);
        (await _fixture.ValidateAsync(Question("UPDATE", With(MakeServer(), (Annotations.ChangedBy, "bob")), old, user: "mallory"))).Reason.Should().Be(Reasons.StampForged);
        (await _fixture.ValidateAsync(Question("UPDATE", MakeServer(), old, user: "mallory"))).Reason.Should().Be(Reasons.StampForged);
        (await _fixture.ValidateAsync(Question("UPDATE", With(old, (Annotations.ChangedBy, "alice"), (Annotations.Decision, "approve:x"), (Annotations.DecidedBy, "bob")), old, user: "mallory")))
            .Reason.Should().Be(Reasons.StampForged);
    }
}
