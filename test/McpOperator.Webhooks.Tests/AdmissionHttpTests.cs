using System.Net;
using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using static McpOperator.Webhooks.Tests.AdmissionFixture;

namespace McpOperator.Webhooks.Tests;

public sealed class AdmissionHttpTests
{
    private AdmissionFixture _fixture = null!;

    [SetUp]
    public async Task Start() => _fixture = await StartAsync();

    [TearDown]
    public async Task Stop() => await _fixture.DisposeAsync();

    private static MCPServer Stamped(MCPServer server, string user = Alice) =>
        server with { Metadata = server.Metadata with { Annotations = new Dictionary<string, string> { [Annotations.ChangedBy] = user } } };

    private static MCPServer Bad => Stamped(MakeServer(image: "evil.example.net/x:latest"));

    [Test]
    public async Task A_good_server_is_accepted_and_the_answer_bears_the_question_s_id()
    {
        var answer = await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer())));

        answer.Allowed.Should().BeTrue(answer.Text);
        ((string?)answer.Response["uid"]).Should().Be("705ab4f5-6393-11e8-b7cc-42010a800002");
        ((string?)JsonNode.Parse(answer.Text)!["apiVersion"]).Should().Be("admission.k8s.io/v1");
    }

    [Test]
    public async Task A_refusal_names_every_field_its_reason_and_the_fix()
    {
        var answer = await _fixture.ValidateAsync(Question("CREATE", Bad));

        answer.Allowed.Should().BeFalse();
        answer.Reason.Should().Be(Reasons.ImageNotPinned);
        ((int)answer.Response["status"]!["code"]!).Should().Be(422);
        var causes = answer.Response["status"]!["details"]!["causes"]!.AsArray();
        causes.Select(c => ((string?)c!["field"], (string?)c["reason"])).Should().Equal(("spec.image", Reasons.ImageNotPinned), ("spec.image", Reasons.RegistryNotAllowed));
        ((string?)answer.Response["status"]!["message"]).Should().Contain("write evil.example.net/x@sha256:");
        _fixture.Looks.Should().Be(1, "the seam decides itself whether the name is worth a question");
    }

    private static JsonObject Without(string path)
    {
        var question = Question("CREATE", MakeServer());
        var steps = path.Split('.');
        var parent = steps[..^1].Aggregate((JsonNode)question, (node, step) => node[step]!).AsObject();
        parent.Remove(steps[^1]);
        return question;
    }

    private static JsonObject With(string path, JsonNode? value)
    {
        var question = Question("CREATE", MakeServer());
        var steps = path.Split('.');
        steps[..^1].Aggregate((JsonNode)question, (node, step) => node[step]!).AsObject()[steps[^1]] = value;
        return question;
    }

    private static IEnumerable<TestCaseData> NoQuestions()
    {
        static TestCaseData Case(string what, string body) => new TestCaseData(body).SetArgDisplayNames(what);
        yield return Case("nothing", "");
        yield return Case("no JSON", "{\"apiVersion\":");
        yield return Case("a list", "[]");
        yield return Case("null", "null");
        yield return Case("a comment", "/* */" + Question("CREATE", MakeServer()).ToJsonString());
        yield return Case("a key twice", Question("CREATE", MakeServer()).ToJsonString().Replace("\"dryRun\":false", "\"uid\":\"other\",\"dryRun\":false", StringComparison.Ordinal));
        yield return Case("an object's key twice", Question("CREATE", MakeServer()).ToJsonString().Replace("\"spec\":{", "\"spec\":{\"image\":\"x\",", StringComparison.Ordinal));
        yield return Case("v1beta1", With("apiVersion", "admission.k8s.io/v1beta1").ToJsonString());
        yield return Case("another kind of body", With("kind", "Review").ToJsonString());
        yield return Case("a deletion without the object", Question("DELETE", MakeServer()).ToJsonString());
        yield return Case("a change without the object before", Question("UPDATE", MakeServer()).ToJsonString());
        yield return Case("a connection", Question("CONNECT", MakeServer()).ToJsonString());
        yield return Case("another object's path", Question("CREATE", MakeServer(), kind: "MCPToolConfig").ToJsonString());
        yield return Case("another version", With("request.kind.version", "v1").ToJsonString());
        yield return Case("a text for a flag", With("request.dryRun", "true").ToJsonString());
        yield return Case("an object that is a list", With("request.object", new JsonArray()).ToJsonString());
        yield return Case("a thousand levels", With("request.object.spec", Nested(1000)).ToJsonString(new() { MaxDepth = 3000 }));
        foreach (var path in new[] { "request", "request.uid", "request.kind", "request.userInfo", "request.userInfo.username", "request.operation", "request.object" })
        {
            yield return Case("without " + path, Without(path).ToJsonString());
        }
    }

    private static JsonNode Nested(int levels)
    {
        JsonNode node = new JsonObject();
        for (var i = 0; i < levels; i++)
        {
            node = new JsonObject { ["a"] = node };
        }

        return node;
    }

    [TestCaseSource(nameof(NoQuestions))]
    public async Task What_no_API_server_would_send_is_an_error_and_no_answer(string body)
    {
        foreach (var path in new[] { "/validate/mcpserver", "/mutate/mcpserver" })
        {
            var answer = await _fixture.PostAsync(path, body);

            answer.Code.Should().Be(HttpStatusCode.BadRequest, answer.Text);
            answer.Text.Should().NotContain("allowed");
        }
    }

    [Test]
    public async Task A_body_that_is_too_large_is_not_read()
    {
        // The client asks before it sends: the server would cut it off in the middle.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://127.0.0.1:{_fixture.Server.Port}/validate/mcpserver"));
        request.Content = new StringContent(new string(' ', AdmissionEndpoint.LargestBody + 1), System.Text.Encoding.UTF8, "application/json");
        request.Headers.ExpectContinue = true;

        using var answer = await _fixture.Http.SendAsync(request);

        answer.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task Other_paths_methods_and_types_are_refused()
    {
        var body = Question("CREATE", MakeServer()).ToJsonString();
        (await _fixture.PostAsync("/validate", body)).Code.Should().Be(HttpStatusCode.NotFound);
        (await _fixture.PostAsync("/validate/pod", body)).Code.Should().Be(HttpStatusCode.NotFound);
        (await _fixture.PostAsync("/mutate/mcpaccessgrant", body)).Code.Should().Be(HttpStatusCode.NotFound);
        (await _fixture.PostAsync("/validate/mcpserver", body, "text/plain")).Code.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await _fixture.Http.GetAsync(new Uri($"https://127.0.0.1:{_fixture.Server.Port}/validate/mcpserver"))).StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Test]
    public async Task An_object_that_cannot_be_read_is_refused_with_its_field()
    {
        var wrong = With("request.object.spec.targetPort", "many");
        (await _fixture.ValidateAsync(wrong)).Reason.Should().Be(Reasons.Unreadable);

        var deep = With("request.object.spec.tools", new JsonArray(new JsonObject { ["name"] = "t", ["inputSchema"] = Nested(100) }));
        var answer = await _fixture.PostAsync("/validate/mcpserver", deep.ToJsonString(new() { MaxDepth = 500 }));
        answer.Reason.Should().Be(Reasons.Unreadable, "the operator could not read it either");
        ((string?)answer.Response["uid"]).Should().NotBeEmpty();
    }

    [Test]
    public async Task What_does_not_touch_the_spec_is_never_held_up_by_it_and_asks_no_registry()
    {
        var labelled = Bad with { Metadata = Bad.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } };
        (await _fixture.ValidateAsync(Question("UPDATE", labelled, Bad, user: "bob"))).Allowed.Should().BeTrue();

        var withoutFinalizer = Bad with { Metadata = Bad.Metadata with { DeletionTimestamp = DateTime.UtcNow } };
        var changedToo = withoutFinalizer with { Spec = Bad.Spec with { Port = 9999 } };
        (await _fixture.ValidateAsync(Question("UPDATE", changedToo, withoutFinalizer))).Allowed.Should().BeTrue("an object that is being deleted is held up by nothing");

        var status = Question("UPDATE", Bad with { Spec = Bad.Spec with { Port = 9999 } }, Bad);
        status["request"]!["subResource"] = "status";
        (await _fixture.ValidateAsync(status)).Allowed.Should().BeTrue();
        _fixture.Looks.Should().Be(0);
    }

    [Test]
    public async Task A_dry_run_decides_the_same_and_writes_nothing()
    {
        var question = Question("CREATE", Bad);
        question["request"]!["dryRun"] = true;

        (await _fixture.ValidateAsync(question)).Reason.Should().Be(Reasons.ImageNotPinned);
        _fixture.Api.Writes.Should().BeEmpty();
    }

    [Test]
    public async Task A_bad_signature_refuses_or_warns_as_it_is_told()
    {
        _fixture.Finding = _ => Task.FromResult<SignatureFinding?>(new(SignatureEffect.Refuse, Reasons.SignatureMissing, "sign it"));
        (await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer())))).Reason.Should().Be(Reasons.SignatureMissing);

        _fixture.Finding = _ => Task.FromResult<SignatureFinding?>(new(SignatureEffect.Warn, Reasons.SignatureMissing, "sign it"));
        var warned = await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer())));
        warned.Allowed.Should().BeTrue();
        warned.Response["warnings"]!.AsArray().Select(w => (string?)w).Should().Equal("spec.image: sign it");
    }

    [Test]
    public async Task A_decision_that_takes_too_long_is_an_error()
    {
        var asked = new TaskCompletionSource();
        _fixture.Finding = async ct =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return null;
        };
        var answering = _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer())));
        await asked.Task;

        _fixture.Clock.Advance(TimeSpan.FromSeconds(9));

        (await answering).Code.Should().Be(HttpStatusCode.GatewayTimeout);
    }

    [Test]
    public async Task A_tenant_over_its_quota_gets_no_further_server()
    {
        _fixture.Current = _fixture.Current with { Quotas = new() { Default = new() { MaxServersPerTenant = 1 } } };
        (await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer("one"))))).Allowed.Should().BeTrue();
        await _fixture.PutAsync(MakeServer("one"));

        var answer = await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer("two"))));

        answer.Reason.Should().Be(Reasons.QuotaExceeded);
        ((int)answer.Response["status"]!["code"]!).Should().Be(403);
        (await _fixture.ValidateAsync(Question("UPDATE", Stamped(MakeServer("one") with { Spec = MakeServer().Spec with { Port = 1 } }), MakeServer("one")))).Allowed.Should().BeTrue();

        _fixture.Current = _fixture.Current with { Quotas = _fixture.Current.Quotas with { Mode = QuotaMode.Unbounded } };
        var counted = await _fixture.ValidateAsync(Question("CREATE", Stamped(MakeServer("two"))));
        counted.Allowed.Should().BeTrue();
        counted.Response["warnings"]!.AsArray().Should().ContainSingle();
    }

    [Test]
    public async Task A_tool_configuration_in_use_stays_unless_its_users_or_its_namespace_go()
    {
        var config = new MCPToolConfig { Metadata = new() { Name = "tools", NamespaceProperty = Namespace }, Spec = new() };
        var user = MakeServer("user") with { Spec = MakeServer().Spec with { ToolConfigRef = new() { Name = "tools" } } };
        var question = Question("DELETE", null, config, "MCPToolConfig");
        (await _fixture.ValidateAsync(question, "mcptoolconfig")).Allowed.Should().BeTrue();

        await _fixture.PutAsync(user);
        var refused = await _fixture.ValidateAsync(question, "mcptoolconfig");
        refused.Reason.Should().Be(Reasons.StillInUse);
        ((string?)refused.Response["status"]!["message"]).Should().Contain("user");

        // In the API server, though not yet in memory: the informer cannot know of it at this moment.
        _fixture.Api.Store.Put(new V1Namespace { Metadata = new() { Name = Namespace, DeletionTimestamp = DateTime.UtcNow } });
        (await _fixture.ValidateAsync(question, "mcptoolconfig")).Allowed.Should().BeTrue();

        _fixture.Api.Store.Put(new V1Namespace { Metadata = new() { Name = Namespace } });
        _fixture.Api.Store.Put(user with { Metadata = user.Metadata with { DeletionTimestamp = DateTime.UtcNow } });
        (await _fixture.ValidateAsync(question, "mcptoolconfig")).Allowed.Should().BeTrue();
    }

    [Test]
    public async Task A_grant_before_its_server_is_accepted_with_a_warning()
    {
        var grant = new MCPAccessGrant
        {
            Metadata = new() { Name = "g", NamespaceProperty = Namespace },
            Spec = new() { ServerRef = new() { Name = "nowhere" }, Subjects = [new() { User = "alice" }] },
        };

        var answer = await _fixture.ValidateAsync(Question("CREATE", grant, null, "MCPAccessGrant"), "mcpaccessgrant");

        answer.Allowed.Should().BeTrue(answer.Text);
        answer.Response["warnings"]!.AsArray().Should().HaveCount(2, "it allows no side effect either");
    }
}
