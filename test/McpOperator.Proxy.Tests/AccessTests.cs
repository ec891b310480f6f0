using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Proxy.Tests;

/// <summary>Tokens, grants, sessions and limits, with a real issuer's tokens over real sockets.</summary>
public sealed class AccessTests
{
    private const string Resource = "http://everything.example.com/mcp";
    private const string List = """{"jsonrpc":"2.0","id":5,"method":"tools/list"}""";
    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private IssuerServer _issuer = null!;
    private FakeAccessObjects _objects = null!;

    [SetUp]
    public async Task Start()
    {
        _issuer = await IssuerServer.StartAsync();
        _objects = await FakeAccessObjects.StartAsync();
        Put([Grant()], [Session()]);
    }

    [TearDown]
    public async Task Stop()
    {
        await _issuer.DisposeAsync();
        await _objects.DisposeAsync();
    }

    private static string Call(string tool) => $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{}}}""";

    private static MCPAccessGrant Grant(Func<MCPAccessGrantSpec, MCPAccessGrantSpec>? change = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = "g", NamespaceProperty = "team-a" },
        Spec = (change ?? (s => s))(new() { ServerRef = new() { Name = "everything" }, Subjects = [new() { User = "alice" }], MaxTrust = TrustLevel.High, AllowedSideEffects = [SideEffect.Read] }),
    };

    private static MCPAgentSession Session(string name = "alice-planner", bool revoked = false, string user = "alice") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "team-a" },
        Spec = new() { ServerRef = new() { Name = "everything" }, Subject = new() { User = user }, ConsentedTrust = TrustLevel.High, ExpiresAt = DateTime.UtcNow.AddHours(1), Revoked = revoked },
    };

    private static CompiledAccess Compile(MCPAccessGrant[] grants, MCPAgentSession[] sessions) =>
        AccessCompiler.Compile("team-a", "everything", Resource, grants, sessions, AccessMemory.None, DateTimeOffset.UtcNow);

    private void Put(MCPAccessGrant[] grants, MCPAgentSession[] sessions) => _objects.Put("everything", Compile(grants, sessions));

    private PolicyDocument Policy => ProxyFixture.Open(null) with
    {
        Tools = new()
        {
            Declared =
            [
                new() { Name = "add", Description = "Adds.", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low },
                new() { Name = "secret", Description = "Hidden.", SideEffect = SideEffect.Write, RequiredTrust = TrustLevel.Low },
            ],
        },
        Access = new(AccessMode.Enforce, Decision.Deny, true),
        Auth = new() { Type = AuthType.OIDC, Issuer = _issuer.Url, Claims = new() { User = "sub", Agent = "azp", Groups = "groups", Session = "sid" } },
    };

    private async Task<ProxyFixture> StartAsync(Func<PolicyDocument, PolicyDocument>? change = null)
    {
        var policy = (change ?? (p => p))(Policy);
        var schema = JsonNode.Parse("""{"type":"object"}""")!.AsObject();
        policy = policy with { Tools = policy.Tools with { Declared = policy.Tools.Declared?.Select(t => t with { InputSchema = schema }).ToList() } };
        var proxy = await ProxyFixture.StartAsync(policy, null, null, waits: true, _objects.Access);
        await Soon.TrueAsync(async () => (await proxy.StateAsync("/policyz")).GetProperty("access").GetProperty("revision").GetString() != "", "grants and sessions are in force");
        return proxy;
    }

    private (string, string)[] As(string user = "alice", string? session = "alice-planner", string agent = "planner", string? scope = null, Action<JsonObject>? change = null) =>
    [
        ("Authorization", $"Bearer {_issuer.Token(user, Resource, agent, scope, change)}"),
        .. session is null ? [] : new[] { ("Mcp-Agent-Session", session) },
    ];

    private static async Task<string> ReasonAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        response.StatusCode.Should().Be(status, await response.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("data").GetProperty("reason").GetString()!;
    }

    [Test]
    public async Task Without_a_token_a_client_is_led_to_the_issuer()
    {
        await using var proxy = await StartAsync();

        using var refused = await proxy.PostAsync(Initialize);

        (await ReasonAsync(refused, HttpStatusCode.Unauthorized)).Should().Be("token_missing");
        refused.Headers.WwwAuthenticate.ToString().Should().Be("Bearer resource_metadata=\"http://everything.example.com/.well-known/oauth-protected-resource/mcp\"");
        foreach (var path in new[] { "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp" })
        {
            var metadata = JsonNode.Parse(await proxy.Client.GetStringAsync(new Uri(proxy.Mcp, path)))!;
            ((string?)metadata["resource"]).Should().Be(Resource);
            ((string?)metadata["authorization_servers"]![0]).Should().Be(_issuer.Url);
        }

        proxy.Server.FromClients.Should().BeEmpty();
    }

    [Test]
    public async Task A_caller_sees_and_calls_what_is_granted_and_the_token_goes_no_further()
    {
        await using var proxy = await StartAsync();

        (await proxy.AskAsync(List, As())).Should().Contain("\"add\"").And.NotContain("\"secret\"");
        using var allowed = await proxy.PostAsync(Call("add"), As());
        allowed.StatusCode.Should().Be(HttpStatusCode.OK);
        using var denied = await proxy.PostAsync(Call("secret"), As());
        (await ReasonAsync(denied, HttpStatusCode.Forbidden)).Should().Be("side_effect_not_allowed");
        (await proxy.AskAsync(List, As("bob", null))).Should().Contain("\"tools\":[]");

        proxy.Server.Executed.Should().Equal("add");
        proxy.Server.FromClients.Should().OnlyContain(r => !r.Headers.ContainsKey("authorization") && !r.Headers.ContainsKey("mcp-agent-session"));
        await Soon.TrueAsync(() => proxy.Audit.Lines.Count == 2, "both calls are recorded");
        proxy.Audit.Lines[0].ToString().Should().Contain("\"user\":\"alice\",\"client\":\"planner\",\"agent\":\"planner\",\"session\":\"alice-planner\"").And.Contain("\"decision\":\"allow\"").And.Contain("\"grant\":\"g\"");
        proxy.Audit.Lines[1].ToString().Should().Contain("\"decision\":\"deny\"").And.Contain("\"reason\":\"side_effect_not_allowed\"");
    }

    [Test]
    public async Task Whoever_is_not_the_sessions_subject_gets_nothing_by_its_name()
    {
        Put([Grant(g => g with { Subjects = [new() { Agent = "planner" }] })], [Session()]);
        await using var proxy = await StartAsync();

        using var stolen = await proxy.PostAsync(Call("add"), As("bob"));
        (await ReasonAsync(stolen, HttpStatusCode.Unauthorized)).Should().Be("session_unknown");
        using var without = await proxy.PostAsync(Call("add"), As("alice", null));
        (await ReasonAsync(without, HttpStatusCode.Unauthorized)).Should().Be("session_required");
        using var byClaim = await proxy.PostAsync(Call("add"), As("alice", null, change: c => c["sid"] = "alice-planner"));
        byClaim.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_transport_session_belongs_to_the_identity_that_opened_it()
    {
        await using var proxy = await StartAsync();
        using var opened = await proxy.PostAsync(Initialize, As());
        var session = ("Mcp-Session-Id", opened.Headers.GetValues("Mcp-Session-Id").Single());

        using var own = await proxy.PostAsync(Call("add"), [.. As(), session]);
        own.StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var thief in new[] { As("bob"), As("alice", agent: "coder") })
        {
            using var stolen = await proxy.PostAsync(Call("add"), [.. thief, session]);
            stolen.StatusCode.Should().Be(HttpStatusCode.NotFound);
        }
    }

    [Test]
    public async Task A_revoked_session_is_refused_within_two_seconds_and_an_older_writer_does_not_bring_it_back()
    {
        await using var proxy = await StartAsync();
        using var before = await proxy.PostAsync(Call("add"), As());
        before.StatusCode.Should().Be(HttpStatusCode.OK);

        var since = System.Diagnostics.Stopwatch.StartNew();
        Put([Grant()], [Session(revoked: true)]);
        await Soon.TrueAsync(async () => (await proxy.PostAsync(Call("add"), As())).StatusCode == HttpStatusCode.Unauthorized, "the call is refused");
        since.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2));

        Put([Grant()], [Session(), Session("another")]);
        await Soon.TrueAsync(async () => (await proxy.PostAsync(Call("add"), As(session: "another"))).StatusCode == HttpStatusCode.OK, "the newer set is in force");
        using var again = await proxy.PostAsync(Call("add"), As());
        (await ReasonAsync(again, HttpStatusCode.Unauthorized)).Should().Be("session_revoked");
    }

    [Test]
    public async Task An_index_whose_shards_are_missing_closes_their_part_until_they_come()
    {
        await using var proxy = await StartAsync();
        var next = Compile([Grant(g => g with { AllowedSideEffects = [SideEffect.Read, SideEffect.Write] })], [Session()]);

        _objects.Put("everything", next, indexOnly: true);

        await Soon.TrueAsync(async () => (await proxy.PostAsync(Call("add"), As())).StatusCode == HttpStatusCode.ServiceUnavailable, "what is missing is closed");
        (await proxy.StateAsync("/policyz")).GetProperty("access").GetProperty("problem").GetString().Should().Contain("everything-mcp-grants-0");
        _objects.Put("everything", next);
        await Soon.TrueAsync(async () => (await proxy.PostAsync(Call("secret"), As())).StatusCode == HttpStatusCode.OK, "it opens when they are there");
    }

    [Test]
    public async Task Limits_count_per_client_whatever_the_session_and_say_when_there_is_room()
    {
        Put([Grant(g => g with { Subjects = [new() { User = "alice" }] })], [Session(), Session("second")]);
        await using var proxy = await StartAsync(p => p with { Limits = new() { ToolCallsPerMinutePerClient = 2, ToolCallsPerMinute = 3 } });

        foreach (var session in new[] { "alice-planner", "second" })
        {
            using var allowed = await proxy.PostAsync(Call("add"), As(session: session));
            allowed.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        using var refused = await proxy.PostAsync(Call("add"), As(session: "second"));
        (await ReasonAsync(refused, HttpStatusCode.TooManyRequests)).Should().Be("rate_limited");
        refused.Headers.RetryAfter!.Delta!.Value.Should().BeGreaterThan(TimeSpan.FromSeconds(50)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(60));
        using var otherClient = await proxy.PostAsync(Call("add"), As(agent: "coder"));
        otherClient.StatusCode.Should().Be(HttpStatusCode.OK);
        using var server = await proxy.PostAsync(Call("add"), As(agent: "third"));
        (await server.Content.ReadAsStringAsync()).Should().Contain("for this server");
        server.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await proxy.AskAsync(List, As())).Should().Contain("\"add\"", "only calls of tools are counted");
        (await proxy.MetricsAsync()).Should().Contain("mcp_proxy_denials_total{reason=\"rate_limited\"} 2");
        proxy.Server.Executed.Should().HaveCount(3);
    }

    [Test]
    public async Task A_proxy_is_ready_when_it_has_read_grants_and_sessions()
    {
        await using var empty = await FakeAccessObjects.StartAsync();
        await using var proxy = await ProxyFixture.StartAsync(Policy, null, null, waits: false, empty.Access);
        await Soon.TrueAsync(async () => (await AskedAsync()).Trim() == "grants and sessions have not been read yet", "it waits for them");

        empty.Put("everything", Compile([Grant()], [Session()]));

        await Soon.TrueAsync(async () => (await AskedAsync()).Trim() == "ok", "it is ready");

        Task<string> AskedAsync() => proxy.Client.GetAsync(new Uri(proxy.Mcp, "/readyz")).ContinueWith(answer => answer.Result.Content.ReadAsStringAsync(), TaskScheduler.Default).Unwrap();
    }

    [Test]
    public async Task A_missing_scope_is_a_step_up()
    {
        await using var proxy = await StartAsync(p => p with { Tools = p.Tools with { Declared = p.Tools.Declared!.Select(t => t with { Scope = "everything:" + t.Name }).ToList() } });

        using var refused = await proxy.PostAsync(Call("add"), As(scope: "openid"));
        (await ReasonAsync(refused, HttpStatusCode.Forbidden)).Should().Be("insufficient_scope");
        refused.Headers.WwwAuthenticate.ToString().Should().StartWith("Bearer error=\"insufficient_scope\", scope=\"everything:add\", resource_metadata=\"http://everything.example.com/.well-known/oauth-protected-resource/mcp\"");
        using var allowed = await proxy.PostAsync(Call("add"), As(scope: "openid everything:add"));
        allowed.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Where_no_token_is_asked_for_no_header_is_believed()
    {
        await using var proxy = await StartAsync(p => p with { Auth = p.Auth with { Type = AuthType.None }, Access = new(AccessMode.Enforce, Decision.Deny, false) });

        using var refused = await proxy.PostAsync(Call("add"), [.. As(), ("X-MCP-Human-ID", "alice"), ("X-Forwarded-User", "alice")]);

        (await ReasonAsync(refused, HttpStatusCode.Forbidden)).Should().Be("no_grant");
        _issuer.Asked.Should().BeEmpty();
    }

    [Test]
    public async Task Observe_mode_lets_through_and_records_what_it_would_have_refused()
    {
        await using var proxy = await StartAsync(p => p with { Access = p.Access with { Mode = AccessMode.Observe } });

        using var allowed = await proxy.PostAsync(Call("add"), As("bob", null));

        allowed.StatusCode.Should().Be(HttpStatusCode.OK);
        await Soon.TrueAsync(() => proxy.Audit.Lines.Count == 1, "it is recorded");
        proxy.Audit.Lines[0].ToString().Should().Contain("\"wouldDeny\":\"session_required\"");
    }

    [Test]
    public async Task Tokens_of_others_get_401_and_nobody_but_the_issuer_is_asked()
    {
        await using var proxy = await StartAsync();
        await using var evil = await IssuerServer.StartAsync();
        var good = _issuer.Token("alice", Resource);

        foreach (var authorization in new[]
        {
            "Basic YWxpY2U6eA==", "Bearer", "Bearer x", "Bearer " + evil.Token("alice", Resource), "Bearer " + evil.Token("alice", Resource, change: c => c["iss"] = _issuer.Url),
            "Bearer " + _issuer.Token("alice", "http://other.example.com/mcp"), "Bearer " + _issuer.Token("alice", Resource, change: c => c["exp"] = 1), "Bearer " + good[..^8],
        })
        {
            using var refused = await proxy.PostAsync(Call("add"), ("Authorization", authorization), ("Mcp-Agent-Session", "alice-planner"));
            (await ReasonAsync(refused, HttpStatusCode.Unauthorized)).Should().Be("token_invalid");
            refused.Headers.WwwAuthenticate.ToString().Should().StartWith("Bearer error=\"invalid_token\"");
        }

        using var query = await proxy.Client.PostAsync(new Uri(proxy.Mcp, $"/mcp?access_token={good}"), new StringContent(Call("add"), null, "application/json"));
        query.StatusCode.Should().Be(HttpStatusCode.Unauthorized, "a token in the address is none");
        evil.Asked.Should().BeEmpty();
        _issuer.Asked.Should().OnlyContain(path => path == "/.well-known/openid-configuration" || path == "/keys");
        proxy.Server.Executed.Should().BeEmpty();
    }
}
