using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>What grants and sessions say reaches the objects that proxies read, quickly and as a whole, and their status tells the truth.</summary>
[Order(0)]
public sealed class AccessTests : ServerTest
{
    private static readonly Caller Alice = new() { IsAuthenticated = true, User = "alice", Agent = "planner", Session = "alice-planner" };

    private Task<JsonObject> GrantAsync(string name, string spec, string? ns = null) => Api.CreateAsync(Kinds.Grant, ns ?? Ns, Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAccessGrant", "metadata": {"name": "{{name}}"}, "spec": {"serverRef": {"name": "echo"}, {{spec}} } }"""));

    private Task<JsonObject> SessionAsync(string name, string spec = "", TimeSpan? lasts = null, string? ns = null) => Api.CreateAsync(Kinds.Session, ns ?? Ns, Json.Parse(
        $$"""
        {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAgentSession", "metadata": {"name": "{{name}}"},
         "spec": {"serverRef": {"name": "echo"}, "subject": {"user": "alice", "agent": "planner"}, "expiresAt": "{{DateTime.UtcNow + (lasts ?? TimeSpan.FromHours(1)):yyyy-MM-ddTHH:mm:ssZ}}" {{spec}} } }
        """));

    private Task<JsonObject> UntilAsync(ObjectKind kind, string name, string type, string begins) => UntilAsync(
        kind == ObjectKind.Grant ? Kinds.Grant : Kinds.Session, name, o => o.Condition(type)?.StartsWith(begins, StringComparison.Ordinal) == true, $"says {type} {begins}");

    private enum ObjectKind
    {
        Grant,
        Session,
    }

    /// <summary>Reads what a proxy reads, in the order in which it does.</summary>
    private async Task<AccessTable?> TableAsync()
    {
        var reader = new AccessReader(Ns, "echo");
        if (await Api.FindAsync(Kinds.ConfigMap, Ns, "echo-mcp-access") is not { } index || reader.ReadIndex(index.At("data")!["index.json"]!.GetValue<string>()) is not null)
        {
            return null;
        }

        foreach (var place in reader.Missing)
        {
            var shard = await Api.FindAsync(Kinds.ConfigMap, Ns, place.Part == AccessPart.Grants ? ChildNames.Grants("echo", place.Number) : ChildNames.Sessions("echo", place.Number));
            if (shard?.At("data")?["shard.json"] is { } text)
            {
                reader.ReadShard(place, text.GetValue<string>());
            }
        }

        return reader.Missing.Count > 0 ? null : reader.Build(DateTimeOffset.UtcNow);
    }

    private async Task<string?> DecideAsync(Caller? caller = null, string tool = "get")
    {
        var policy = await UntilPolicyAsync("echo");
        var document = System.Text.Json.JsonSerializer.Deserialize(policy.At("data")!["policy.json"]!.GetValue<string>(), PolicyJson.Default.PolicyDocument)!;
        return await TableAsync() is { } table ? AccessDecider.DecideTool(new(document), table, caller ?? Alice, tool, DateTimeOffset.UtcNow).Reason : null;
    }

    private Task UntilDecidedAsync(string reason, Caller? caller = null, string tool = "get", TimeSpan? within = null) =>
        Eventually.Becomes(() => DecideAsync(caller, tool), found => found == reason, $"the decision is {reason}", () => Operator?.LogEnd, within);

    private async Task MakeServerAsync()
    {
        await CreateServerAsync("echo", """{"tools": [{"name": "get", "sideEffect": "read"}, {"name": "set", "sideEffect": "write", "requiredTrust": "medium"}]}""");
        await UntilAsync(Kinds.ConfigMap, "echo-mcp-access");
    }

    private const string ForAlice = """ "subjects": [{"user": "alice"}], "maxTrust": "high", "allowedSideEffects": ["read"] """;

    [Test]
    public async Task A_grant_and_a_session_open_a_tool_and_say_so()
    {
        await MakeServerAsync();
        (await DecideAsync()).Should().Be(AccessReasons.SessionUnknown);

        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner");
        await UntilDecidedAsync(AccessReasons.Granted);
        await UntilDecidedAsync(AccessReasons.SideEffectNotAllowed, tool: "set");

        var grant = await UntilAsync(ObjectKind.Grant, "readers", "Published", "True/Published");
        grant.Condition("Accepted").Should().StartWith("True/Accepted");
        grant.Text("status.matchedTools").Should().Be("1");
        var session = await UntilAsync(ObjectKind.Session, "alice-planner", "Published", "True/Published");
        session.Condition("Active").Should().StartWith("True/Active");
        session.Text("status.policyRevision").Should().NotBeNullOrEmpty();
    }

    [Test]
    public async Task A_revoked_session_is_refused_at_once_and_does_not_come_back_under_its_name()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner");
        await UntilDecidedAsync(AccessReasons.Granted);

        var since = Stopwatch.StartNew();
        await Api.MergeAsync(Kinds.Session, Ns, "alice-planner", Json.Parse("""{"spec": {"revoked": true}}"""));
        await UntilDecidedAsync(AccessReasons.SessionRevoked, within: TimeSpan.FromSeconds(2));
        Suite.Say($"  refused after {since.ElapsedMilliseconds} ms");
        await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/Revoked");

        await Api.DeleteAsync(Kinds.Session, Ns, "alice-planner");
        await SessionAsync("alice-planner");
        await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/Revoked: A session of this name was revoked");
        (await DecideAsync()).Should().Be(AccessReasons.SessionRevoked);
    }

    [Test]
    public async Task A_grant_of_another_namespace_is_without_effect_and_says_so()
    {
        await MakeServerAsync();
        await SessionAsync("alice-planner");
        var other = await Cluster.NewNamespaceAsync();
        try
        {
            await GrantAsync("intruder", ForAlice, other);
            await SessionAsync("intruder", ns: other);
            await Eventually.Becomes(
                () => Api.GetAsync(Kinds.Grant, other, "intruder"), g => g.Condition("Published")?.StartsWith("False/NotFound", StringComparison.Ordinal) == true, "the grant says that there is no such server");
            await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/NoGrant");

            (await DecideAsync()).Should().Be(AccessReasons.NoGrant);
            (await DecideAsync(Alice with { Session = "intruder" })).Should().Be(AccessReasons.SessionUnknown);
        }
        finally
        {
            await Api.DeleteAsync(Kinds.Namespace, null, other);
        }
    }

    [Test]
    public async Task A_grant_that_names_a_tool_which_the_server_does_not_have_says_which_it_has()
    {
        await MakeServerAsync();

        await GrantAsync("typo", ForAlice + """, "toolRules": [{"name": "gett"}, {"name": "g*"}] """);

        var grant = await UntilAsync(ObjectKind.Grant, "typo", "Accepted", "True/ToolUnknown");
        grant.Condition("Accepted").Should().Contain("spec.toolRules[0].name").And.Contain("'gett'").And.Contain("get, set").And.NotContain("toolRules[1]");
        grant.Text("status.matchedTools").Should().Be("1");
        await UntilEventAsync("typo", Reasons.ToolUnknown);
    }

    [Test]
    public async Task A_grant_that_is_switched_off_closes_and_one_that_is_changed_counts_from_then_on()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner", """, "consentedTrust": "high" """);
        await UntilDecidedAsync(AccessReasons.Granted);

        await Api.MergeAsync(Kinds.Grant, Ns, "readers", Json.Parse("""{"spec": {"allowedSideEffects": ["read", "write"]}}"""));
        await UntilDecidedAsync(AccessReasons.Granted, tool: "set");
        await Api.MergeAsync(Kinds.Grant, Ns, "readers", Json.Parse("""{"spec": {"disabled": true}}"""));
        await UntilDecidedAsync(AccessReasons.NoGrant, within: TimeSpan.FromSeconds(2));
        await UntilAsync(ObjectKind.Grant, "readers", "Published", "False/Disabled");
        await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/NoGrant");
    }

    [Test]
    public async Task A_session_ends_on_time_and_is_deleted_some_time_later()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner", lasts: TimeSpan.FromSeconds(4));
        await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "True/");

        await UntilDecidedAsync(AccessReasons.SessionExpired);
        var ended = await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/Expired");
        var end = DateTime.Parse(ended.Text("spec.expiresAt")!, null, System.Globalization.DateTimeStyles.AdjustToUniversal);
        DateTime.UtcNow.Should().BeBefore(end.AddSeconds(3), "its status says so on time");
        await UntilGoneAsync(Kinds.Session, "alice-planner");
        DateTime.UtcNow.Should().BeOnOrAfter(end.AddSeconds(3), "that is what this operator's configuration says");
        await UntilDecidedAsync(AccessReasons.SessionUnknown);
    }

    [Test]
    public async Task A_session_that_got_around_admission_is_not_published()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);

        // This operator runs no webhooks, so the API server takes it.
        await SessionAsync("alice-planner", lasts: TimeSpan.FromDays(100));

        var session = await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "False/ExpiryTooFar");
        session.Condition("Published").Should().StartWith("False/Blocked");
        (await DecideAsync()).Should().Be(AccessReasons.SessionUnknown);
    }

    [TestCase("echo-mcp-access", """{"data": {"index.json": "{\"schema\":\"access.mcpoperator.io/v1\",\"namespace\":\"x\",\"server\":\"echo\",\"grants\":[],\"sessions\":[]}"}}""")]
    [TestCase("echo-mcp-sessions-0", """{"data": {"shard.json": "{}"}}""")]
    public async Task What_somebody_edits_is_put_right(string name, string edit)
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner");
        await UntilDecidedAsync(AccessReasons.Granted);
        var before = (await Api.GetAsync(Kinds.ConfigMap, Ns, name)).At("data")!.ToJsonString();

        await Api.MergeAsync(Kinds.ConfigMap, Ns, name, Json.Parse(edit));
        await UntilAsync(Kinds.ConfigMap, name, o => o.At("data")!.ToJsonString() == before, "is as it was");

        await Api.DeleteAsync(Kinds.ConfigMap, Ns, name);
        await UntilAsync(Kinds.ConfigMap, name, o => o.At("data")!.ToJsonString() == before, "is there again");
    }

    [Test]
    public async Task Nothing_is_made_for_a_server_that_is_refused()
    {
        await CreateServerAsync("echo", """{"image": "example.com/image"}""");
        await GrantAsync("readers", ForAlice);
        await UntilConditionAsync("echo", "Ready", "False/");

        await UntilAsync(ObjectKind.Grant, "readers", "Published", "Unknown/Progressing");
        (await Api.FindAsync(Kinds.ConfigMap, Ns, "echo-mcp-access")).Should().BeNull();
    }

    [Test]
    public async Task Grants_and_sessions_may_come_before_their_server()
    {
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner");
        await UntilAsync(ObjectKind.Grant, "readers", "Published", "False/NotFound");

        await MakeServerAsync();

        await UntilDecidedAsync(AccessReasons.Granted);
        await UntilAsync(ObjectKind.Grant, "readers", "Published", "True/");
        await UntilAsync(ObjectKind.Session, "alice-planner", "Published", "True/");
    }

    [Test]
    public async Task A_thousand_sessions_are_published_with_few_writes()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        var mark = Cluster.Audit.Mark();
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await SessionAsync($"s{i:D4}"));
        var since = Stopwatch.StartNew();
        await Eventually.Becomes(TableAsync, table => table?.Sessions == 1000, "all sessions are published", () => Operator?.LogEnd, TimeSpan.FromSeconds(10));
        Suite.Say($"  the last was published {since.ElapsedMilliseconds} ms after it was made");
        foreach (var i in new[] { 0, 999 })
        {
            await UntilAsync(ObjectKind.Session, $"s{i:D4}", "Published", "True/");
        }

        Cluster.Audit.Since(mark, OperatorProcess.UserAgent).Count(w => w.Resource == "configmaps").Should().BeLessThan(200, "they are written together");
    }

    [Test]
    public async Task The_proxys_account_may_read_its_own_objects_and_nothing_else()
    {
        await MakeServerAsync();
        await UntilAsync(Kinds.RoleBinding, "echo-mcp");
        var policy = (await UntilPolicyAsync("echo")).Name();

        foreach (var (verb, name, allowed) in new[]
        {
            ("get", "echo-mcp-access", true), ("watch", "echo-mcp-access", true), ("get", "echo-mcp-grants-3", true), ("get", "echo-mcp-sessions-15", true), ("get", policy, true),
            ("watch", "echo-mcp-sessions-0", false), ("update", "echo-mcp-access", false), ("patch", "echo-mcp-sessions-0", false), ("get", "other-mcp-access", false), ("list", "", false), ("watch", "", false),
        })
        {
            (await MayAsync(verb, "", "configmaps", name)).Should().Be(allowed, $"{verb} {name}");
        }

        (await MayAsync("list", "mcpoperator.io", "mcpagentsessions", "")).Should().BeFalse();
        (await MayAsync("get", "", "secrets", "echo-mcp-session")).Should().BeFalse();

        async Task<bool> MayAsync(string verb, string group, string resource, string name)
        {
            var answer = await Api.CreateAsync(new("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews"), null, Json.Parse($$"""
                {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": "system:serviceaccount:{{Ns}}:echo-mcp", "groups": ["system:serviceaccounts", "system:authenticated"],
                 "resourceAttributes": {"namespace": "{{Ns}}", "verb": "{{verb}}", "group": "{{group}}", "resource": "{{resource}}", "name": "{{name}}"} } }
                """));
            return answer.At("status.allowed")!.GetValue<bool>();
        }
    }

    [Test]
    public async Task The_command_line_explains_lists_and_revokes()
    {
        await MakeServerAsync();
        await GrantAsync("readers", ForAlice);
        await SessionAsync("alice-planner");
        await UntilDecidedAsync(AccessReasons.Granted);
        await UntilAsync(ObjectKind.Session, "alice-planner", "Active", "True/");
        string[] cluster = ["-n", Ns, "--kubeconfig", Cluster.Kubeconfig];
        string[] asked = ["can", "--live", "--server", "echo", "--tool", "get", "--user", "alice", "--agent", "planner", "--session", "alice-planner", .. cluster];

        (await OperatorProcess.RunAsync(asked)).Should().Match<(int Code, string Out, string Error)>(r => r.Code == 0 && r.Out.Contains("yes: granted (grant readers)"));
        (await OperatorProcess.RunAsync(["sessions", "list", .. cluster])).Out.Should().MatchRegex(@"alice-planner +echo +alice +planner +low +Active");
        (await OperatorProcess.RunAsync(["grants", "list", .. cluster])).Out.Should().MatchRegex(@"readers +echo +user alice +high +read +1 +yes +never");
        (await OperatorProcess.RunAsync(["grants", "explain", "readers", .. cluster])).Out.Should().MatchRegex(@"get +read +low +allowed").And.MatchRegex(@"set +write +medium +its side effect is not allowed");

        (await OperatorProcess.RunAsync(["sessions", "revoke", "--user", "alice", .. cluster])).Should().Match<(int Code, string Out, string Error)>(r => r.Code == 0 && r.Out.Contains("session alice-planner revoked"));
        await UntilDecidedAsync(AccessReasons.SessionRevoked);
        (await OperatorProcess.RunAsync(asked)).Should().Match<(int Code, string Out, string Error)>(r => r.Code == 2 && r.Out.Contains("no: session_revoked"));
        (await OperatorProcess.RunAsync(["sessions", "revoke", "nowhere", .. cluster])).Should().Match<(int Code, string Out, string Error)>(r => r.Code == 1 && r.Error.Contains("nowhere"));
    }
}
