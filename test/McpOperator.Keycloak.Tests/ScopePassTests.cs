using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Keycloak.Realms;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Tests;

/// <summary>Servers' scopes, made, kept and taken away.</summary>
public sealed class ScopePassTests : RealmTest
{
    private static string Text(JsonNode? node, params string[] path) => (string?)path.Aggregate(node, (n, p) => n![p]) ?? "";

    [Test]
    public async Task Each_tool_gets_a_scope_whose_tokens_are_for_its_server_alone()
    {
        var outcome = await PassAsync(Wanted([Server(tools: ["forecast", "report"])]));

        outcome.Should().BeEquivalentTo(new { Servers = new Dictionary<string, Problem>(), WithScopes = new[] { Weather }, Changes = 3 });
        var scope = await ScopeByHandAsync("mcp:team-a:weather:forecast");
        Text(scope, "protocol").Should().Be("openid-connect");
        Text(scope, "attributes", "include.in.token.scope").Should().Be("true");
        Text(scope, "attributes", "display.on.consent.screen").Should().Be("true");
        Text(scope, "attributes", "consent.screen.text").Should().Be("Does forecast. (team-a/weather: forecast)");
        Text(scope, "attributes", "mcpoperator.owner").Should().Be(Owner);
        var mapper = scope!["protocolMappers"]!.AsArray().Should().ContainSingle().Subject;
        Text(mapper, "protocolMapper").Should().Be("oidc-audience-mapper");
        Text(mapper, "config", "included.custom.audience").Should().Be(Url);
        Text(mapper, "config", "access.token.claim").Should().Be("true");
        Text(mapper, "config", "id.token.claim").Should().Be("false");
        (await ScopeByHandAsync("mcp:team-a:weather:report")).Should().NotBeNull();
    }

    [Test]
    public async Task A_server_with_tools_has_a_scope_of_its_own_that_goes_with_the_last_of_them()
    {
        await PassAsync(Wanted([Server(tools: "forecast")]));
        var scope = await ScopeByHandAsync("mcp:team-a:weather");
        Text(scope, "attributes", "consent.screen.text").Should().Be("Connect to the MCP server team-a/weather and see its tools");
        Text(scope!["protocolMappers"]!.AsArray().Should().ContainSingle().Subject, "config", "included.custom.audience").Should().Be(Url);

        await PassAsync(Wanted([Server()]));

        (await ScopeByHandAsync("mcp:team-a:weather")).Should().BeNull();
    }

    [Test]
    public async Task Somebody_else_s_scope_in_the_place_of_a_server_s_own_is_left_alone_and_no_other_name_is_offered()
    {
        await ByHandAsync(HttpMethod.Post, $"{Admin}/client-scopes", new JsonObject { ["name"] = BaseScopeOf(), ["protocol"] = "openid-connect", ["description"] = "theirs" });

        var outcome = await PassAsync(Wanted([Server(tools: "forecast")]));

        outcome.Servers[Weather].Reason.Should().Be(Reasons.ScopeNotOwned);
        outcome.Servers[Weather].Message.Should().Contain($"'{BaseScopeOf()}'").And.NotContain("spec.tools");
        (await ScopeByHandAsync(ScopeOf("forecast"))).Should().NotBeNull();
    }

    [Test]
    public async Task A_second_pass_asks_once_and_writes_nothing()
    {
        var wanted = Wanted([Server(tools: ["forecast", "report"])]) with { LooksAtClients = false };
        await PassAsync(wanted);
        Proxy.Forget();

        (await PassAsync(wanted)).Changes.Should().Be(0);

        Proxy.Calls.Should().ContainSingle().Which.Path.Should().Be($"{Admin}/client-scopes");
    }

    [Test]
    public async Task Another_description_and_another_address_reach_the_scope_and_its_mapper()
    {
        await PassAsync(Wanted([Server(tools: "forecast")]));
        var id = (string?)(await ScopeByHandAsync(ScopeOf("forecast")))!["id"];

        await PassAsync(Wanted([Server(url: "https://new.example.com/mcp") with { Tools = [new("forecast", "Tells the weather.", ScopeOf("forecast"))] }]));

        var scope = await ScopeByHandAsync(ScopeOf("forecast"));
        Text(scope, "id").Should().Be(id, "clients keep it");
        Text(scope, "attributes", "consent.screen.text").Should().StartWith("Tells the weather.");
        Text(scope!["protocolMappers"]![0], "config", "included.custom.audience").Should().Be("https://new.example.com/mcp");
    }

    [Test]
    public async Task What_is_changed_by_hand_comes_back()
    {
        var wanted = Wanted([Server(tools: ["forecast", "report"])]);
        await PassAsync(wanted);
        var forecast = (await ScopeByHandAsync(ScopeOf("forecast")))!;
        var before = forecast.DeepClone();
        forecast["attributes"]!["consent.screen.text"] = "Nothing to worry about";
        forecast["attributes"]!["display.on.consent.screen"] = "false";
        await ByHandAsync(HttpMethod.Put, $"{Admin}/client-scopes/{forecast["id"]}", forecast);
        var mappers = $"{Admin}/client-scopes/{forecast["id"]}/protocol-mappers/models";
        await ByHandAsync(HttpMethod.Delete, $"{mappers}/{forecast["protocolMappers"]![0]!["id"]}");
        await ByHandAsync(HttpMethod.Post, mappers, new JsonObject
        {
            ["name"] = "wider",
            ["protocol"] = "openid-connect",
            ["protocolMapper"] = "oidc-audience-mapper",
            ["config"] = new JsonObject { ["included.custom.audience"] = "https://everything.example.com", ["access.token.claim"] = "true" },
        });
        await ByHandAsync(HttpMethod.Delete, $"{Admin}/client-scopes/{(await ScopeByHandAsync(ScopeOf("report")))!["id"]}");

        (await PassAsync(wanted)).Servers.Should().BeEmpty();

        var after = (await ScopeByHandAsync(ScopeOf("forecast")))!;
        after["attributes"]!.ToJsonString().Should().Be(before["attributes"]!.ToJsonString());
        after["protocolMappers"]!.AsArray().Should().ContainSingle().Which!["config"]!["included.custom.audience"]!.GetValue<string>().Should().Be(Url);
        (await ScopeByHandAsync(ScopeOf("report"))).Should().NotBeNull();
        (await PassAsync(wanted)).Changes.Should().Be(0);
    }

    [Test]
    public async Task A_scope_goes_with_its_tool_and_with_its_server()
    {
        await PassAsync(Wanted([Server(tools: ["forecast", "report"]), Server("team-a/maps", "https://maps.example.com/mcp", "route")]));

        var outcome = await PassAsync(Wanted([Server(tools: "forecast")]));

        outcome.WithScopes.Should().Equal(Weather);
        (await ScopeByHandAsync(ScopeOf("forecast"))).Should().NotBeNull();
        (await ScopeByHandAsync(ScopeOf("report"))).Should().BeNull();
        (await ScopeByHandAsync(ScopeOf("route", "team-a/maps"))).Should().BeNull();
    }

    [Test]
    public async Task Where_the_tools_are_not_known_just_now_everything_stays()
    {
        await PassAsync(Wanted([Server(tools: "forecast")]));

        var outcome = await PassAsync(Wanted([Server() with { Tools = null }]));

        outcome.Changes.Should().Be(0);
        outcome.WithScopes.Should().Equal(Weather);
    }

    [Test]
    public async Task A_scope_that_is_not_ours_is_reported_and_left_alone_and_the_others_are_made()
    {
        await ByHandAsync(HttpMethod.Post, $"{Admin}/client-scopes", new JsonObject { ["name"] = ScopeOf("forecast"), ["protocol"] = "openid-connect", ["description"] = "theirs" });

        var outcome = await PassAsync(Wanted([Server(tools: ["forecast", "report"])]));

        outcome.Servers[Weather].Reason.Should().Be(Reasons.ScopeNotOwned);
        outcome.Servers[Weather].Message.Should().Contain(ScopeOf("forecast")).And.Contain("left alone");
        Text(await ScopeByHandAsync(ScopeOf("forecast")), "description").Should().Be("theirs");
        (await ScopeByHandAsync(ScopeOf("report"))).Should().NotBeNull();
        await PassAsync(Wanted([]));
        (await ScopeByHandAsync(ScopeOf("forecast"))).Should().NotBeNull("what is not ours is not deleted either");
    }

    [Test]
    public async Task What_another_cluster_s_operator_made_is_not_ours_and_what_lies_in_a_namespace_that_we_do_not_see_is_not_left_over()
    {
        await PassAsync(Wanted([Server(tools: "forecast")]) with { Owner = "cluster-2" });
        await PassAsync(Wanted([Server("team-b/maps", "https://maps.example.com/mcp", "route")]));

        var outcome = await PassAsync(Wanted([Server(tools: "forecast")]) with { IsSeen = static ns => ns == "team-a" });

        outcome.Servers[Weather].Should().Match<Problem>(p => p.Reason == Reasons.ScopeNotOwned && p.Message.Contains("cluster-2"));
        (await ScopeByHandAsync(ScopeOf("route", "team-b/maps"))).Should().NotBeNull();
    }

    [Test]
    public async Task Names_that_look_alike_get_scopes_of_their_own()
    {
        string[] tools = ["get.user", "get user", "get-user", "get_user", "Get.User", "get%20user"];

        (await PassAsync(Wanted([Server(tools: tools)]))).Servers.Should().BeEmpty();

        (await ByHandAsync(HttpMethod.Get, $"{Admin}/client-scopes"))!.AsArray().Count(s => ((string)s!["name"]!).StartsWith("mcp:", StringComparison.Ordinal)).Should().Be(tools.Length + 1, "the server has one too");
    }

    [Test]
    public async Task A_scope_that_passes_to_another_server_is_made_anew()
    {
        var (a, b) = (Server(), Server("team-a/maps", "https://maps.example.com/mcp"));
        var shared = new ScopedTool("read", "Reads.", "read:things");
        await PassAsync(Wanted([a with { Tools = [shared] }, b with { Tools = [] }]));
        var before = (string?)(await ScopeByHandAsync("read:things"))!["id"];

        var both = await PassAsync(Wanted([a with { Tools = [shared] }, b with { Tools = [shared], Created = DateTime.MinValue }]));
        both.Servers.Should().ContainSingle().Which.Should().Match<KeyValuePair<string, Problem>>(p => p.Key == "team-a/maps" && p.Value.Reason == Reasons.ScopeConflict, "whose it is keeps it");
        await PassAsync(Wanted([a with { Tools = [] }, b with { Tools = [shared] }]));

        var scope = await ScopeByHandAsync("read:things");
        Text(scope, "attributes", "mcpoperator.server").Should().Be("team-a/maps");
        Text(scope, "id").Should().NotBe(before, "clients of the old server must not have it");
    }

    [Test]
    public async Task Nobody_gets_another_server_s_address_into_tokens()
    {
        var victim = Server("team-b/bank", "https://bank.example.com/mcp", "transfer") with { OwnUrl = "https://bank.example.com/mcp" };
        var thief = Server("team-a/weather", "https://bank.example.com/mcp", "forecast") with { Created = DateTime.MinValue };

        var outcome = await PassAsync(Wanted([thief, victim]));

        outcome.Servers.Should().ContainSingle().Which.Should().Match<KeyValuePair<string, Problem>>(p => p.Key == "team-a/weather" && p.Value.Reason == Reasons.ScopeConflict);
        outcome.WithScopes.Should().Equal("team-b/bank");
    }

    [Test]
    public async Task A_tool_s_words_reach_the_consent_screen_as_words()
    {
        var tool = new ScopedTool("t", "${emailScopeConsentText}\r\n\0 and " + new string('x', 5000), ScopeOf("t"));

        (await PassAsync(Wanted([Server() with { Tools = [tool] }]))).Servers.Should().BeEmpty();

        var text = Text(await ScopeByHandAsync(ScopeOf("t")), "attributes", "consent.screen.text");
        text.Should().StartWith("$ {emailScopeConsentText} and xxx").And.EndWith("(team-a/weather: t)");
        text.Length.Should().BeLessThanOrEqualTo(400);
    }

    [Test]
    public async Task Clients_that_register_themselves_may_ask_for_our_scopes_only_while_the_configuration_says_so()
    {
        var wanted = Wanted([Server(tools: ["forecast", "report"])]);
        await PassAsync(wanted);
        var forecast = (string)(await ScopeByHandAsync(ScopeOf("forecast")))!["id"]!;
        (await OptionalAsync()).Should().NotContain(ScopeOf("forecast"));
        await ByHandAsync(HttpMethod.Put, $"{Admin}/default-default-client-scopes/{forecast}");

        var added = await PassAsync(wanted with { Defaults = RealmDefaults.Add });
        added.Servers.Should().BeEmpty();
        (await OptionalAsync()).Should().Contain([BaseScopeOf(), ScopeOf("forecast"), ScopeOf("report")]);
        (await PassAsync(wanted with { Defaults = RealmDefaults.Add })).Changes.Should().Be(0);

        await PassAsync(wanted with { Defaults = RealmDefaults.Remove });
        (await OptionalAsync()).Should().NotContain([ScopeOf("forecast"), ScopeOf("report")]).And.NotBeEmpty("the realm's own stay");

        async Task<List<string>> OptionalAsync() => [.. (await ByHandAsync(HttpMethod.Get, $"{Admin}/default-optional-client-scopes"))!.AsArray().Select(s => (string)s!["name"]!)];
    }
}
