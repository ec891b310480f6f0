using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Keycloak.Realms;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Realms;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What a realm should have, concluded from what the cluster has.</summary>
public sealed class RealmWishesTests
{
    private static readonly DateTime Now = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    private static readonly IReadOnlyList<ToolDeclaration> Declared =
    [
        new() { Name = "forecast", Description = "Tells the weather.", SideEffect = SideEffect.Read },
        new() { Name = "report", Description = "Files a report.", SideEffect = SideEffect.Write, Scope = "weather:report" },
        new() { Name = "wipe", Description = "Deletes all.", SideEffect = SideEffect.Destructive, Scope = "mcp:team-b:bank:transfer" },
    ];

    private static readonly MCPServer Weather = new()
    {
        Metadata = new() { Name = "weather", NamespaceProperty = "team-a" },
        Spec = new() { Image = "x", Tools = Declared },
    };

    private static readonly VersionContent Content = VersionContent.Of(Weather.Spec, null);

    /// <summary>The server with a first version that was approved.</summary>
    private static MCPServer Approved(MCPServer server) => server with
    {
        Status = new()
        {
            Url = "https://weather.cluster/mcp",
            History = [new() { Version = 1, Image = "x", State = VersionState.Active, SurfaceHash = Content.Surface!.Hash, Content = Content.Hash }],
        },
    };

    private static readonly V1ControllerRevision Kept = new() { Metadata = new() { Name = "kept" }, Data = new() { ["content"] = Content.Text } };

    private static MCPAccessGrant Grant(Func<MCPAccessGrantSpec, MCPAccessGrantSpec>? change = null)
    {
        var spec = new MCPAccessGrantSpec
        {
            ServerRef = new() { Name = "weather" },
            Subjects = [new() { Agent = "planner" }],
            MaxTrust = TrustLevel.High,
            AllowedSideEffects = [SideEffect.Read, SideEffect.Write, SideEffect.Destructive],
            OauthClient = new() { ClientId = "planner", Confidential = true, SecretName = "s" },
        };
        return new() { Metadata = new() { Name = "planner", NamespaceProperty = "team-a" }, Spec = change?.Invoke(spec) ?? spec };
    }

    private static RealmWanted Make(MCPServer server, params MCPAccessGrant[] grants) => Make(server, Kept, grants);

    private static RealmWanted Make(MCPServer server, V1ControllerRevision? kept, params MCPAccessGrant[] grants) => RealmWishes.Make(
        new()
        {
            Realm = "agents",
            Configuration = new(),
            Owner = "cluster-1",
            Namespace = null,
            Servers = [new(server, ApprovedTools.Of(server, kept))],
            Grants = [.. grants.Select(g => new RealmGrant(g, null))],
        },
        looksAtClients: false, RealmDefaults.Leave, Now);

    [Test]
    public void The_tools_of_the_version_that_was_approved_get_scopes()
    {
        var server = Make(Approved(Weather)).Servers.Single();

        server.Audience.Should().Be("https://weather.cluster/mcp");
        server.Tools!.Select(t => (t.Scope, t.Problem is null)).Should().Equal(("mcp:team-a:weather:forecast", true), ("weather:report", true), ("mcp:team-b:bank:transfer", false));
    }

    [Test]
    public void What_was_not_approved_gets_none_and_what_was_keeps_its()
    {
        var asksForMore = Weather with { Spec = Weather.Spec with { Tools = [.. Declared, new() { Name = "exfiltrate", Description = "Does more.", SideEffect = SideEffect.Read }] } };

        Make(Approved(asksForMore)).Servers.Single().Tools!.Select(t => t.Tool).Should().Equal("forecast", "report", "wipe");
        Make(Weather with { Status = new() { Url = "https://weather.cluster/mcp" } }).Servers.Single().Tools.Should().BeEmpty("no version was approved");
    }

    [Test]
    public void What_is_not_what_was_approved_is_not_believed_and_takes_nothing_away()
    {
        var other = VersionContent.Of(Weather.Spec with { Tools = [Declared[0] with { Name = "exfiltrate" }] }, null);

        Make(Approved(Weather), kept: null).Servers.Single().Tools.Should().BeNull();
        Make(Approved(Weather), new V1ControllerRevision { Metadata = new() { Name = "kept" }, Data = new() { ["content"] = other.Text } }).Servers.Single().Tools.Should().BeNull();
    }

    [Test]
    public void A_server_without_an_address_waits_and_one_that_names_it_does_not()
    {
        var hidden = Approved(Weather) with { Status = Approved(Weather).Status with { Url = null } };
        Make(hidden).Servers.Single().Tools.Should().BeNull();

        var named = Make(hidden with { Spec = hidden.Spec with { Auth = new() { ResourceUrl = "https://w.example.com/mcp" } } }).Servers.Single();
        named.Audience.Should().Be("https://w.example.com/mcp");
        named.Tools.Should().HaveCount(3);
        Make(Weather with { Spec = Weather.Spec with { Auth = new() { Audience = "urn:w", ResourceUrl = "https://w.example.com/mcp" } } }).Servers.Single().Audience.Should().Be("urn:w", "that is what the proxy asks for");
    }

    [Test]
    public void A_server_that_is_being_deleted_wants_nothing() =>
        Make(Weather with { Metadata = Weather.Metadata with { DeletionTimestamp = Now } }).Servers.Should().BeEmpty();

    [Test]
    public void A_client_may_ask_for_what_its_grant_allows_and_for_nothing_else()
    {
        Make(Approved(Weather), Grant()).Clients.Single().Scopes.Should().Equal(["mcp:team-a:weather", "mcp:team-a:weather:forecast", "weather:report"], "another server's scope is never given");
        Make(Approved(Weather), Grant(g => g with { AllowedSideEffects = [SideEffect.Read] })).Clients.Single().Scopes.Should().Equal("mcp:team-a:weather", "mcp:team-a:weather:forecast");
        Make(Approved(Weather), Grant(g => g with { ToolRules = [new() { Name = "*" }, new() { Name = "fore*", Decision = Decision.Deny }] })).Clients.Single().Scopes.Should().Equal("mcp:team-a:weather", "weather:report");
        Make(Approved(Weather), Grant(g => g with { ServerRef = new() { Name = "nowhere" } })).Clients.Single().Scopes.Should().BeEmpty();
        Make(Weather, Grant()).Clients.Single().Scopes.Should().BeEmpty("no version was approved, and nothing has a scope");
        Make(Approved(Weather), kept: null, Grant()).Clients.Single().Scopes.Should().BeNull("what was approved is not known just now");
    }

    [Test]
    public void How_a_client_has_its_scopes_is_for_the_grant_to_say()
    {
        Make(Approved(Weather), Grant()).Clients.Single().Assignment.Should().Be(ScopeAssignment.Optional);
        Make(Approved(Weather), Grant(g => g with { OauthClient = g.OauthClient! with { ScopeAssignment = ScopeAssignment.Default } })).Clients.Single().Assignment.Should().Be(ScopeAssignment.Default);
    }

    [Test]
    public void A_grant_that_is_switched_off_or_has_ended_switches_its_client_off()
    {
        Make(Approved(Weather), Grant()).Clients.Single().Enabled.Should().BeTrue();
        Make(Approved(Weather), Grant(g => g with { Disabled = true })).Clients.Single().Enabled.Should().BeFalse();
        Make(Approved(Weather), Grant(g => g with { ExpiresAt = Now })).Clients.Single().Enabled.Should().BeFalse();
        Make(Approved(Weather), Grant(g => g with { ExpiresAt = Now.AddSeconds(1) })).Clients.Single().Enabled.Should().BeTrue();
    }

    [Test]
    public void A_client_that_could_never_get_a_token_is_told_so() =>
        Make(Approved(Weather), Grant(g => g with { OauthClient = new() { ClientId = "x" } })).Clients.Single().Problem!.Message.Should().Contain("spec.oauthClient.redirectUris");

    [TestCase(null, true)]
    [TestCase("https://login.example.com/realms/agents", true)]
    [TestCase("https://elsewhere.example.com", false)]
    public void A_server_with_an_issuer_of_its_own_has_no_scopes_here(string? issuer, bool has) => TenantRealms.HasScopes(
        Weather.Spec with { Auth = new() { Issuer = issuer } }, "team-a", new OperatorConfiguration { Keycloak = new() { Url = "https://k", IssuerUrl = "https://login.example.com/", Realm = "agents" } }).Should().Be(has);
}
