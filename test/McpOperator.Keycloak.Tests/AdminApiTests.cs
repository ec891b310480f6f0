using System.Text.Json.Nodes;
using McpOperator.Keycloak.Admin;

namespace McpOperator.Keycloak.Tests;

/// <summary>What the admin API does, above all where it does it without saying so.</summary>
public sealed class AdminApiTests : RealmTest
{
    private static ClientScope Scope(string name) => new()
    {
        Name = name,
        Protocol = "openid-connect",
        Attributes = new Dictionary<string, string> { ["mcpoperator.owner"] = Owner },
        ProtocolMappers = [Audience("https://a.example.com/mcp")],
    };

    private static ProtocolMapper Audience(string audience) => new()
    {
        Name = "aud",
        Protocol = "openid-connect",
        Kind = "oidc-audience-mapper",
        Config = new Dictionary<string, string> { ["included.custom.audience"] = audience, ["access.token.claim"] = "true" },
    };

    private async Task<ClientScope> FindAsync(string name) => (await Realm.ListScopesAsync(default)).Single(s => s.Name == name);

    [Test]
    public async Task A_scope_comes_with_its_mappers_and_keeps_attributes_that_Keycloak_does_not_know()
    {
        var id = await Realm.CreateScopeAsync(Scope("mcp:a:b:c"), default);

        var found = await FindAsync("mcp:a:b:c");
        found.Id.Should().Be(id);
        found.Attributes.Should().Contain("mcpoperator.owner", Owner);
        found.ProtocolMappers.Should().ContainSingle().Which.Config.Should().Contain("included.custom.audience", "https://a.example.com/mcp");
    }

    [Test]
    public async Task A_name_that_is_taken_is_a_conflict()
    {
        await Realm.CreateScopeAsync(Scope("taken"), default);

        (await FluentActions.Awaiting(() => Realm.CreateScopeAsync(Scope("taken"), default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.Conflict);
    }

    [TestCase("two words")]
    [TestCase("back\\slash")]
    [TestCase("quo\"te")]
    public async Task A_name_that_no_scope_can_have_is_refused(string name) =>
        (await FluentActions.Awaiting(() => Realm.CreateScopeAsync(Scope(name), default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.Refused);

    [Test]
    public async Task Every_name_that_we_make_is_accepted()
    {
        foreach (var tool in new[] { "get.user", "get user", "größe", "a\"b\\c", "emoji 🌦", new string('x', 300) })
        {
            var name = ScopeOf(tool);
            await Realm.CreateScopeAsync(Scope(name), default);
            (await FindAsync(name)).Name.Should().Be(name);
        }
    }

    [Test]
    public async Task A_mapper_changes_through_its_own_address_only()
    {
        var id = await Realm.CreateScopeAsync(Scope("s"), default);
        await ByHandAsync(HttpMethod.Put, $"{Admin}/client-scopes/{id}", new JsonObject { ["name"] = "s", ["protocol"] = "openid-connect", ["protocolMappers"] = new JsonArray() });
        (await FindAsync("s")).ProtocolMappers.Should().ContainSingle("a PUT of the scope passes over mappers");

        var mapper = (await FindAsync("s")).ProtocolMappers!.Single();
        await Realm.UpdateMapperAsync(id, Audience("https://b.example.com/mcp") with { Id = mapper.Id }, default);

        (await FindAsync("s")).ProtocolMappers.Should().ContainSingle().Which.Config.Should().Contain("included.custom.audience", "https://b.example.com/mcp");
        await Realm.DeleteMapperAsync(id, mapper.Id!, default);
        (await FindAsync("s")).ProtocolMappers.Should().BeNullOrEmpty();
        await Realm.CreateMapperAsync(id, Audience("x"), default);
        (await FluentActions.Awaiting(() => Realm.CreateMapperAsync(id, Audience("y"), default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.Conflict);
    }

    [Test]
    public async Task A_scope_in_one_category_does_not_get_into_the_other_until_it_is_detached()
    {
        var scope = await Realm.CreateScopeAsync(Scope("s"), default);
        var client = await Realm.CreateClientAsync(new Client { ClientId = "c", Protocol = "openid-connect", DefaultClientScopes = ["s"], OptionalClientScopes = ["no-such-scope"] }, default);
        (await ClientAsync()).Should().BeEquivalentTo(new { DefaultClientScopes = new[] { "s" }, OptionalClientScopes = Array.Empty<string>() }, "what is named is all it gets, and unknown names are passed over");

        await Realm.AttachAsync(client, scope, ScopeCategory.Optional, default);
        (await ClientAsync()).DefaultClientScopes.Should().Equal("s");

        await Realm.DetachAsync(client, scope, ScopeCategory.Default, default);
        await Realm.AttachAsync(client, scope, ScopeCategory.Optional, default);
        (await ClientAsync()).Should().BeEquivalentTo(new { DefaultClientScopes = Array.Empty<string>(), OptionalClientScopes = new[] { "s" } });

        await Realm.DeleteScopeAsync(scope, default);
        (await ClientAsync()).OptionalClientScopes.Should().BeEmpty("a scope that goes is gone everywhere");

        async Task<Client> ClientAsync() => (await Realm.ListClientsAsync(default)).Single(c => c.ClientId == "c");
    }

    [Test]
    public async Task A_realm_default_that_is_set_twice_fails()
    {
        var scope = await Realm.CreateScopeAsync(Scope("s"), default);
        await Realm.AttachToRealmAsync(scope, ScopeCategory.Optional, default);
        (await Realm.ListRealmScopesAsync(ScopeCategory.Optional, default)).Should().Contain(new AttachedScope(scope, "s"));

        using var impatient = ConnectAsOperator(retries: 0);
        await FluentActions.Awaiting(() => impatient.AttachToRealmAsync(scope, ScopeCategory.Default, default)).Should().ThrowAsync<KeycloakException>();

        await Realm.DetachFromRealmAsync(scope, ScopeCategory.Optional, default);
        (await Realm.ListRealmScopesAsync(ScopeCategory.Optional, default)).Should().NotContain(s => s.Id == scope);
    }

    [Test]
    public async Task What_is_gone_can_be_deleted_again()
    {
        var id = await Realm.CreateScopeAsync(Scope("s"), default);
        await Realm.DeleteScopeAsync(id, default);

        await FluentActions.Awaiting(() => Realm.DeleteScopeAsync(id, default)).Should().NotThrowAsync();
        (await FluentActions.Awaiting(() => Realm.UpdateScopeAsync(Scope("s") with { Id = id }, default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.NotFound);
    }

    [Test]
    public async Task All_clients_are_listed_page_by_page()
    {
        for (var i = 0; i < 210; i++)
        {
            await Realm.CreateClientAsync(new Client { ClientId = $"c-{i}", Protocol = "openid-connect" }, default);
        }

        var all = await Realm.ListClientsAsync(default);

        all.Select(c => c.ClientId).Should().OnlyHaveUniqueItems().And.Contain(Enumerable.Range(0, 210).Select(i => $"c-{i}"));
    }

    [Test]
    public async Task A_secret_is_made_shown_and_made_anew()
    {
        var id = await Realm.CreateClientAsync(new Client { ClientId = "c", Protocol = "openid-connect", PublicClient = false, ServiceAccountsEnabled = true }, default);
        var first = (await Realm.ListClientsAsync(default)).Single(c => c.ClientId == "c").Secret;
        first.Should().NotBeNullOrEmpty();

        var second = await Realm.RotateSecretAsync(id, default);

        second.Should().NotBe(first);
        (await TokenAsync("c", first!, "")).Error.Should().NotBeNull("the old secret has ended");
        (await TokenAsync("c", second, "")).Error.Should().BeNull();
    }

    [Test]
    public async Task An_account_without_the_right_to_look_is_told_so_and_sees_no_empty_realm()
    {
        using var blind = Connect(KeycloakLogin.Client(RealmName, "blind", await MakeAccountAsync("blind", "query-clients")));
        using var nobody = Connect(KeycloakLogin.Client(RealmName, "nobody", await MakeAccountAsync("nobody", null)));

        foreach (var realm in new[] { blind, nobody })
        {
            var thrown = (await FluentActions.Awaiting(() => realm.ListScopesAsync(default)).Should().ThrowAsync<KeycloakException>()).Which;
            thrown.Failure.Should().Be(KeycloakFailure.Unauthorized);
            thrown.Message.Should().Contain("manage-clients");
        }
    }

    [Test]
    public async Task A_wrong_secret_and_a_wrong_password_are_told_without_repeating_them()
    {
        using var client = Connect(KeycloakLogin.Client(RealmName, "mcp-operator", "wr0ng-secret"));
        using var person = Connect(KeycloakLogin.Password("master", Suite.Admin, "wr0ng-secret"));

        foreach (var realm in new[] { client, person })
        {
            var thrown = (await FluentActions.Awaiting(() => realm.ListScopesAsync(default)).Should().ThrowAsync<KeycloakException>()).Which;
            thrown.Failure.Should().Be(KeycloakFailure.Unauthorized);
            thrown.ToString().Should().NotContain("wr0ng-secret");
        }
    }

    [Test]
    public async Task An_administrator_can_be_used_and_a_realm_that_is_not_there_is_told()
    {
        using var admin = Connect(KeycloakLogin.Password("master", Suite.Admin, Suite.Password));
        (await admin.ListScopesAsync(default)).Should().NotBeEmpty();

        using var elsewhere = Connect(KeycloakLogin.Password("master", Suite.Admin, Suite.Password), realm: "no-such-realm");
        (await FluentActions.Awaiting(() => elsewhere.ListScopesAsync(default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.RealmMissing);
        using var lost = Connect(KeycloakLogin.Client("no-such-realm", "x", "y"));
        (await FluentActions.Awaiting(() => lost.ListScopesAsync(default)).Should().ThrowAsync<KeycloakException>()).Which.Failure.Should().Be(KeycloakFailure.RealmMissing);
    }
}
