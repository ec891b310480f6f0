using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.Api;
using McpOperator.TestKit.Keycloaks;

namespace McpOperator.EndToEnd.Tests;

/// <summary>From a grant to a call: the operator makes scopes and a client, the realm issues a token, and the proxy holds the caller to it.</summary>
[Order(3)]
public sealed class KeycloakTests : TokenTest
{
    private const string WellKnown = "/.well-known/oauth-protected-resource";
    private const string Planner = """{"agent": "planner"}""";

    private string _url = "";
    private JsonObject _secret = null!;

    /// <summary>A server, and an agent that may call one of its tools.</summary>
    [SetUp]
    public async Task Grant()
    {
        _url = await RunGuardedAsync("weather");
        await GrantAsync("planner", "weather", $$"""
            "subjects": [{{Planner}}], "maxTrust": "low", "allowedSideEffects": ["read"], "toolRules": [{"name": "echo"}],
            "oauthClient": {"clientId": "planner", "confidential": true, "secretName": "planner-credentials"}
            """);
        await SessionAsync("planners", "weather", Planner);
        await UntilConditionAsync(Kinds.Grant, "planner", ConditionTypes.ClientRegistered, "True/Synced");
        _secret = await Api.GetAsync(Kinds.Secret, Ns, "planner-credentials");
        await UntilInForceAsync("weather");
    }

    [Test]
    public async Task A_grant_s_client_calls_what_it_was_granted_and_is_told_the_scope_that_it_lacks_for_anything_else()
    {
        var token = await Realm.ClientTokenAsync(_secret, Scope("weather", "echo"));
        var claims = TestRealm.Claims(token);
        claims.Text("scope").Should().Be(Scope("weather", "echo"));
        claims.Text("aud").Should().Be((await Api.GetAsync(Kinds.Server, Ns, "weather")).Text("status.url"));
        foreach (var other in (string[])["whoami", "delete_everything"])
        {
            (await Realm.Invoking(r => r.ClientTokenAsync(_secret, Scope("weather", other))).Should().ThrowAsync<TokenRefusedException>()).Which.Message.Should().Be("invalid_scope");
        }

        foreach (var revision in (string[])["2025-11-25", "2026-07-28"])
        {
            await using var client = await SdkClient.OpenAsync(_url, revision, token, "planners");
            (await client.ToolNamesAsync()).Should().Equal("echo");
            (await client.CallAsync("echo", """{"text": "granted"}""")).Should().Be("granted");

            var refused = await RefusedAsync(client, "whoami");
            refused.Status.Should().Be(403);
            refused.Reason.Should().Be(AccessReasons.InsufficientScope);
            var challenge = Challenge(refused.Challenge);
            challenge["error"].Should().Be("insufficient_scope");
            // Since 2026-07-28 clients add up by themselves; before, they would lose what is not named.
            challenge["scope"].Split(' ').Should().Equal(revision == "2026-07-28" ? [Scope("weather", "whoami")] : [Scope("weather", "whoami"), Scope("weather", "echo")]);
            challenge["resource_metadata"].Should().EndWith($"{WellKnown}/mcp");
        }
    }

    [Test]
    public async Task Whoever_has_no_token_is_led_from_the_challenge_to_the_realm_that_issues_one()
    {
        var refused = (await FluentActions.Awaiting(() => SdkClient.OpenAsync(_url)).Should().ThrowAsync<McpErrorException>()).Which;
        refused.Status.Should().Be(401);
        refused.Reason.Should().Be(AccessReasons.TokenMissing);
        var challenge = Challenge(refused.Challenge);
        challenge.Should().NotContainKey("error", "no token is no error (RFC 6750, 3.1)");
        challenge["scope"].Should().Be($"mcp:{Ns}:weather", "that is what any client of it may ask for");

        // The server's name in the cluster is unknown to this machine; its address is not.
        using var http = new HttpClient();
        var metadata = Json.Parse(await http.GetStringAsync(new Uri(new Uri(_url), new Uri(challenge["resource_metadata"]).AbsolutePath)));
        metadata.Text("resource").Should().Be((await Api.GetAsync(Kinds.Server, Ns, "weather")).Text("status.url"));
        var realm = Json.Parse(await Realm.GetAsync($"{metadata.Text("authorization_servers.0")}/.well-known/openid-configuration"));
        realm.Text("issuer").Should().Be(Realm.Issuer);
        realm.Text("token_endpoint").Should().StartWith(Realm.Issuer);
    }

    [TestCase("2025-11-25")]
    [TestCase("2026-07-28")]
    public async Task The_official_client_gets_itself_a_token_with_nothing_but_the_server_s_address_and_its_credentials(string revision)
    {
        await using var client = await OpenByNameAsync(revision, "planners", new("credentials", new JsonObject
        {
            ["clientId"] = TestRealm.Value(_secret, "client-id"),
            ["clientSecret"] = TestRealm.Value(_secret, "client-secret"),
            ["expectedIssuer"] = TestRealm.Value(_secret, "issuer"),
            ["scope"] = Scope("weather", "echo"),
        }));
        (await client.CallAsync("echo", """{"text": "by myself"}""")).Should().Be("by myself");
    }

    [Test]
    public async Task A_user_who_was_granted_some_of_the_tools_logs_in_through_the_official_client_and_steps_up_tool_by_tool()
    {
        await GrantToUserAsync("""[{"name": "echo"}, {"name": "whoami"}]""");
        await using var client = await OpenByNameAsync("2026-07-28", "alices", Login);

        (await client.ToolNamesAsync()).Should().BeEquivalentTo("echo", "whoami");
        (await client.CallAsync("echo", """{"text": "stepped up"}""")).Should().Be("stepped up");
        (await client.WhoAmIAsync()).Pod.Should().NotBeEmpty();
        (await client.CallAsync("echo", """{"text": "and lost nothing"}""")).Should().Be("and lost nothing");
        (await client.ToolNamesAsync()).Should().BeEquivalentTo("echo", "whoami");

        // By the third login the user has consented to all; nothing is asked twice.
        var asked = (await client.SendAsync("scopesAskedFor"))!.AsArray().Select(s => ((string)s!).Split(' ').Order(StringComparer.Ordinal).ToList()).ToList();
        string[] all = [$"mcp:{Ns}:weather", Scope("weather", "echo"), Scope("weather", "whoami")];
        asked.Should().BeEquivalentTo(new[] { all[..1], all[..2], all }, o => o.WithStrictOrdering());

        (await RefusedAsync(client, "delete_everything")).Message.Should().Contain("invalid_scope", "the realm gives no client what its grant does not allow");
    }

    /// <summary>The SDK's first version refreshes its token instead of asking for more (typescript-sdk issue 2255), as many clients that are built on it.</summary>
    [Test]
    public async Task A_client_that_cannot_step_up_has_all_that_was_granted_in_its_first_token_if_the_grant_says_so()
    {
        await GrantToUserAsync("""[{"name": "echo"}]""");
        await using (var client = await OpenByNameAsync("2025-11-25", "alices", Login))
        {
            (await RefusedAsync(client, "echo")).Status.Should().Be(403);
        }

        await Api.MergeAsync(Kinds.Grant, Ns, "alice", Json.Parse("""{"spec": {"oauthClient": {"scopeAssignment": "Default"}}}"""));
        await Eventually.Becomes(
            async () => TestRealm.Claims(await Realm.UserTokenAsync("alice", "desktop")).Text("scope")!.Split(' '), scopes => scopes.Contains(Scope("weather", "echo")),
            "the realm gives every token of the client the scope", () => Suite.Operator.LogEnd);
        await using (var client = await OpenByNameAsync("2025-11-25", "alices", Login))
        {
            (await client.ToolNamesAsync()).Should().Equal("echo");
            (await client.CallAsync("echo", """{"text": "at once"}""")).Should().Be("at once");
            (await client.SendAsync("scopesAskedFor"))!.AsArray().Should().ContainSingle();
        }
    }

    [Test]
    public async Task Tokens_that_are_not_for_this_server_or_not_from_this_realm_are_no_tokens()
    {
        // Another server of the same owners: it need not run to have scopes.
        await Api.CreateAsync(Kinds.Server, Ns, Json.Parse($$"""
            {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "other"}, "spec": {
              "image": "{{Suite.Images["fixture-server"]}}", "runtime": "Knative", "args": ["http"], "tools": {{Tools}}, "auth": {"resourceUrl": "https://other.example.com/mcp"} } }
            """));
        await GrantAsync("elsewhere", "other", $$"""
            "subjects": [{{Planner}}], "maxTrust": "high", "allowedSideEffects": ["read"], "oauthClient": {"clientId": "elsewhere", "confidential": true, "secretName": "elsewhere"}
            """);
        await UntilConditionAsync(Kinds.Grant, "elsewhere", ConditionTypes.ClientRegistered, "True/Synced");
        var elsewhere = await Api.GetAsync(Kinds.Secret, Ns, "elsewhere");
        var good = await Realm.ClientTokenAsync(_secret, Scope("weather", "echo"));

        foreach (var (token, says) in new[]
        {
            (await Realm.ClientTokenAsync(elsewhere, Scope("other", "echo")), "audience"),
            (await Realm.ClientTokenAsync(_secret), "audience"),
            (good[..good.LastIndexOf('.')] + ".AAAA", "signature"),
            ("nonsense", "not valid here"),
        })
        {
            var refused = (await FluentActions.Awaiting(() => SdkClient.OpenAsync(_url, token: token, agentSession: "planners")).Should().ThrowAsync<McpErrorException>()).Which;
            refused.Status.Should().Be(401);
            refused.Reason.Should().Be(AccessReasons.TokenInvalid);
            var challenge = Challenge(refused.Challenge);
            challenge["error"].Should().Be("invalid_token");
            challenge["error_description"].Should().Contain(says);
            challenge.Should().ContainKey("resource_metadata");
        }

        await using var client = await SdkClient.OpenAsync(_url, token: good, agentSession: "planners");
        (await client.CallAsync("echo", """{"text": "still here"}""")).Should().Be("still here");
    }

    private static KeyValuePair<string, JsonNode?> Login => new("login", new JsonObject { ["clientId"] = "desktop", ["redirectUri"] = TestRealm.RedirectUri, ["user"] = "alice" });

    /// <summary>Grants a user some tools, by way of a client that anybody may have on a desktop, and opens a session.</summary>
    private async Task GrantToUserAsync(string tools)
    {
        await GrantAsync("alice", "weather", $$"""
            "subjects": [{"user": "alice"}], "maxTrust": "low", "allowedSideEffects": ["read"], "toolRules": {{tools}}, "oauthClient": {"clientId": "desktop", "redirectUris": ["{{TestRealm.RedirectUri}}"]}
            """);
        await SessionAsync("alices", "weather", """{"user": "alice"}""");
        await UntilConditionAsync(Kinds.Grant, "alice", ConditionTypes.ClientRegistered, "True/Synced");
        await UntilInForceAsync("weather");
    }

    /// <summary>Opens a session of the official client, which finds out where and how to get a token.</summary>
    private async Task<SdkClient> OpenByNameAsync(string revision, string agentSession, KeyValuePair<string, JsonNode?> authorization)
    {
        using var folder = new Folder();
        var name = new Uri((await Api.GetAsync(Kinds.Server, Ns, "weather")).Text("status.url")!);
        return await SdkClient.OpenAsync(
            name.ToString(), revision, new JsonObject([
                new("headers", new JsonObject { [Headers.AgentSession] = agentSession }), new("hosts", new JsonObject { [name.Authority] = new Uri(_url).Authority }), authorization]),
            folder.Write("authority.pem", Realm.CertificateAuthority));
    }

    /// <summary>The parameters of a challenge.</summary>
    private static Dictionary<string, string> Challenge(string? header)
    {
        var value = AuthenticationHeaderValue.Parse(header!);
        value.Scheme.Should().Be("Bearer");
        return Regex.Matches(value.Parameter!, "([a-z_]+)=\"([^\"]*)\"").ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
    }
}
