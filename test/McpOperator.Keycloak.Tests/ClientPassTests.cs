using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Tests;

/// <summary>Grants' clients, made, kept and taken away, and what their tokens say.</summary>
public sealed class ClientPassTests : RealmTest
{
    private static IReadOnlyList<ServerScopes> Servers { get; } = [Server(tools: ["forecast", "report", "delete"])];

    private static List<string> Names(JsonNode? list) => [.. list!.AsArray().Select(s => (string)s!)];

    [Test]
    public async Task A_token_has_just_the_scopes_that_were_granted_and_asked_for_and_is_for_the_server_alone()
    {
        var outcome = await PassAsync(Wanted(Servers, Grant(tools: ["forecast", "report"])));
        var credential = outcome.Credentials["team-a/planner"];

        var (claims, error) = await TokenAsync(credential.ClientId, credential.Secret, ScopeOf("forecast"));

        error.Should().BeNull();
        ((string)claims!["scope"]!).Split(' ').Should().Equal(ScopeOf("forecast"));
        claims["aud"]!.GetValue<string>().Should().Be(Url);
        claims["azp"]!.GetValue<string>().Should().Be("planner");
        claims["sub"].Should().NotBeNull("the realm's scope basic brings it");
        (await TokenAsync(credential.ClientId, credential.Secret, ScopeOf("delete"))).Error.Should().Be("invalid_scope", "the grant does not speak of it");
        (await TokenAsync(credential.ClientId, credential.Secret, "profile")).Error.Should().Be("invalid_scope");
        (await TokenAsync(credential.ClientId, credential.Secret, "")).Claims!["aud"].Should().BeNull("optional scopes are in no token by themselves");
    }

    [Test]
    public async Task A_client_that_follows_no_challenge_has_all_its_scopes_in_every_token_and_may_change_its_mind()
    {
        var grant = Grant(tools: "forecast") with { Scopes = [BaseScopeOf(), ScopeOf("forecast")], Assignment = ScopeAssignment.Default };
        var credential = (await PassAsync(Wanted(Servers, grant))).Credentials["team-a/planner"];
        var (claims, _) = await TokenAsync(credential.ClientId, credential.Secret, "");
        ((string)claims!["scope"]!).Split(' ').Should().BeEquivalentTo(BaseScopeOf(), ScopeOf("forecast"));
        claims["aud"]!.GetValue<string>().Should().Be(Url);
        (await TokenAsync(credential.ClientId, credential.Secret, ScopeOf("delete"))).Error.Should().Be("invalid_scope");
        (await PassAsync(Wanted(Servers, grant))).Changes.Should().Be(0);
        (await PassAsync(Wanted(Servers, grant with { Scopes = null }))).Changes.Should().Be(0, "what is not known stays");

        await PassAsync(Wanted(Servers, grant with { Assignment = ScopeAssignment.Optional }));
        var client = (await ClientByHandAsync("planner"))!;
        Names(client["defaultClientScopes"]).Should().NotContain(ScopeOf("forecast"));
        Names(client["optionalClientScopes"]).Should().BeEquivalentTo(BaseScopeOf(), ScopeOf("forecast"));
        (await TokenAsync(credential.ClientId, credential.Secret, BaseScopeOf())).Claims!["aud"]!.GetValue<string>().Should().Be(Url);
    }

    [Test]
    public async Task A_second_pass_writes_nothing()
    {
        var wanted = Wanted(Servers, Grant(tools: "forecast"), Grant("web", "team-a/web", "forecast") with { Confidential = false, RedirectUris = ["https://app.example.com/cb", "http://127.0.0.1/cb"] });
        await PassAsync(wanted);
        Proxy.Forget();

        (await PassAsync(wanted)).Changes.Should().Be(0);

        Proxy.Calls.Should().HaveCount(2, "one list of scopes, one of clients");
    }

    [Test]
    public async Task A_client_for_users_has_the_code_flow_with_PKCE_and_asks_them()
    {
        await PassAsync(Wanted(Servers, Grant("web", "team-a/web", "forecast") with { Confidential = false, RedirectUris = ["https://app.example.com/cb"] }));

        var client = (await ClientByHandAsync("web"))!;
        client["publicClient"]!.GetValue<bool>().Should().BeTrue();
        client["standardFlowEnabled"]!.GetValue<bool>().Should().BeTrue();
        client["consentRequired"]!.GetValue<bool>().Should().BeTrue();
        foreach (var off in new[] { "implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled", "fullScopeAllowed" })
        {
            client[off]!.GetValue<bool>().Should().BeFalse(off);
        }

        client["attributes"]!["pkce.code.challenge.method"]!.GetValue<string>().Should().Be("S256");
        Names(client["redirectUris"]).Should().Equal("https://app.example.com/cb");
        Names(client["optionalClientScopes"]).Should().Equal(ScopeOf("forecast"));
        Names(client["defaultClientScopes"]).Should().Equal("basic");
    }

    [Test]
    public async Task What_is_changed_by_hand_comes_back_and_a_scope_in_the_wrong_category_gets_into_the_right_one()
    {
        var wanted = Wanted(Servers, Grant(tools: ["forecast", "report"]));
        await PassAsync(wanted);
        var client = (await ClientByHandAsync("planner"))!;
        var id = (string)client["id"]!;
        await ByHandAsync(HttpMethod.Put, $"{Admin}/clients/{id}", new JsonObject { ["clientId"] = "planner", ["directAccessGrantsEnabled"] = true, ["fullScopeAllowed"] = true, ["redirectUris"] = new JsonArray("https://evil.example.com/*") });
        var forecast = (string)(await ScopeByHandAsync(ScopeOf("forecast")))!["id"]!;
        await ByHandAsync(HttpMethod.Delete, $"{Admin}/clients/{id}/optional-client-scopes/{forecast}");
        await ByHandAsync(HttpMethod.Put, $"{Admin}/clients/{id}/default-client-scopes/{forecast}");
        await ByHandAsync(HttpMethod.Put, $"{Admin}/clients/{id}/optional-client-scopes/{(string)(await ScopeByHandAsync(ScopeOf("delete")))!["id"]!}");

        (await PassAsync(wanted)).Grants.Should().BeEmpty();

        client = (await ClientByHandAsync("planner"))!;
        Names(client["optionalClientScopes"]).Should().BeEquivalentTo(ScopeOf("forecast"), ScopeOf("report"));
        Names(client["defaultClientScopes"]).Should().NotContain(ScopeOf("forecast"));
        client["directAccessGrantsEnabled"]!.GetValue<bool>().Should().BeFalse();
        client["fullScopeAllowed"]!.GetValue<bool>().Should().BeFalse();
        Names(client["redirectUris"]).Should().BeEmpty();
        (await PassAsync(wanted)).Changes.Should().Be(0);
    }

    [Test]
    public async Task A_disabled_grant_s_client_gets_no_token_and_gets_one_again()
    {
        var grant = Grant(tools: "forecast");
        var secret = (await PassAsync(Wanted(Servers, grant))).Credentials[grant.Grant].Secret;

        await PassAsync(Wanted(Servers, grant with { Enabled = false }));
        (await TokenAsync("planner", secret, ScopeOf("forecast"))).Error.Should().NotBeNull();

        await PassAsync(Wanted(Servers, grant));
        (await TokenAsync("planner", secret, ScopeOf("forecast"))).Error.Should().BeNull("the same secret is good again");
    }

    [Test]
    public async Task A_client_goes_with_its_grant()
    {
        await PassAsync(Wanted(Servers, Grant(tools: "forecast")));

        var outcome = await PassAsync(Wanted(Servers));

        outcome.HasClients.Should().BeFalse();
        (await ClientByHandAsync("planner")).Should().BeNull();
    }

    [Test]
    public async Task A_secret_is_made_anew_once_for_each_request()
    {
        var grant = Grant(tools: "forecast");
        var first = (await PassAsync(Wanted(Servers, grant))).Credentials[grant.Grant].Secret;

        var second = (await PassAsync(Wanted(Servers, grant with { Rotation = "2026-11" }))).Credentials[grant.Grant].Secret;
        var third = (await PassAsync(Wanted(Servers, grant with { Rotation = "2026-11" }))).Credentials[grant.Grant].Secret;

        second.Should().NotBe(first);
        third.Should().Be(second);
        (await TokenAsync("planner", first, "")).Error.Should().NotBeNull();
        (await TokenAsync("planner", second, "")).Error.Should().BeNull();
    }

    [Test]
    public async Task A_client_that_is_not_ours_is_reported_and_left_alone()
    {
        await ByHandAsync(HttpMethod.Post, $"{Admin}/clients", new JsonObject { ["clientId"] = "planner", ["description"] = "theirs" });

        var outcome = await PassAsync(Wanted(Servers, Grant(tools: "forecast"), Grant("realm-management", "team-a/thief", "forecast")));

        outcome.Grants["team-a/planner"].Reason.Should().Be(Reasons.ClientNotOwned);
        outcome.Grants["team-a/thief"].Reason.Should().Be(Reasons.ClientNotOwned);
        outcome.Credentials.Should().BeEmpty();
        ((string?)(await ClientByHandAsync("planner"))!["description"]).Should().Be("theirs");
    }

    [Test]
    public async Task Of_two_grants_that_want_one_client_the_first_has_it_and_keeps_it()
    {
        await PassAsync(Wanted(Servers, Grant(tools: "forecast")));

        var outcome = await PassAsync(Wanted(Servers, Grant(tools: "forecast"), Grant("planner", "team-b/older", "report") with { Created = DateTime.MinValue }));

        outcome.Grants.Should().ContainSingle().Which.Should().Match<KeyValuePair<string, Problem>>(p => p.Key == "team-b/older" && p.Value.Reason == Reasons.ClientConflict);
    }

    [Test]
    public async Task A_grant_that_names_another_client_gets_that_one_alone()
    {
        await PassAsync(Wanted(Servers, Grant(tools: "forecast")));

        var outcome = await PassAsync(Wanted(Servers, Grant("planner-2", tools: "forecast")));

        outcome.Credentials["team-a/planner"].ClientId.Should().Be("planner-2");
        (await ClientByHandAsync("planner")).Should().BeNull();
    }

    [Test]
    public async Task A_scope_of_another_server_is_not_given_even_if_it_is_asked_for()
    {
        IReadOnlyList<ServerScopes> servers = [.. Servers, Server("team-b/bank", "https://bank.example.com/mcp", "transfer")];

        await PassAsync(Wanted(servers, Grant(tools: "forecast") with { Scopes = [ScopeOf("forecast"), ScopeOf("transfer", "team-b/bank"), "offline_access"] }));

        Names((await ClientByHandAsync("planner"))!["optionalClientScopes"]).Should().Equal(ScopeOf("forecast"));
    }
}
