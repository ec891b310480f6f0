using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Identity.Tests;

/// <summary>What a client reads that has no token, a bad one, or one that lacks a scope.</summary>
public sealed class ProtectedResourceTests
{
    private static readonly PolicyDocument Document = new()
    {
        Schema = PolicyDocument.CurrentSchema,
        Server = new("team-a", "weather", "acme"),
        Tools = new() { Declared = [new() { Name = "get", Description = "", Scope = "weather:read", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low }] },
        Access = new(AccessMode.Enforce, Decision.Deny, true),
        Auth = new() { Type = AuthType.OIDC, Issuer = "https://issuer.example.com", ResourceUrl = "https://weather.example.com/mcp", Claims = new() },
        Limits = new(),
        Audit = new(true, false),
    };

    private static byte[]? Metadata(PolicyDocument document) => ProtectedResource.MetadataOf(new(document), document.Auth);

    private static string? Challenge(Denial denial, PolicyDocument? document = null, IReadOnlyList<string>? scopes = null, IReadOnlyList<string>? held = null) =>
        ProtectedResource.ChallengeOf(denial, new(document ?? Document), (document ?? Document).Auth, scopes, held);

    private static Denial Refused(string reason, IReadOnlyList<string>? scopes = null) => Denial.Of(new AccessDecision { IsAllowed = false, Reason = reason, Scopes = scopes }, "get");

    [Test]
    public void The_metadata_says_who_issues_tokens_for_what() =>
        JsonNode.Parse(Metadata(Document))!.ToJsonString().Should().Be(
            """{"resource":"https://weather.example.com/mcp","authorization_servers":["https://issuer.example.com"],"bearer_methods_supported":["header"],"scopes_supported":["weather:read"],"resource_name":"weather"}""");

    [Test]
    public void There_is_no_metadata_where_no_token_is_asked_for()
    {
        Metadata((Document with { Auth = Document.Auth with { Type = AuthType.None } })).Should().BeNull();
        Metadata((Document with { Access = Document.Access with { Mode = AccessMode.Open } })).Should().BeNull();
        Challenge(Refused(AccessReasons.SessionRequired), Document with { Auth = Document.Auth with { Type = AuthType.None } }).Should().BeNull();
    }

    [TestCase("/.well-known/oauth-protected-resource", true)]
    [TestCase("/.well-known/oauth-protected-resource/", true)]
    [TestCase("/.well-known/oauth-protected-resource/mcp", true)]
    [TestCase("/.well-known/oauth-protected-resource/other", false)]
    [TestCase("/.well-known/oauth-protected-resourcex", false)]
    [TestCase("/mcp", false)]
    public void It_lies_at_the_root_and_with_the_path_inserted(string path, bool isMetadata) => ProtectedResource.IsMetadata(path, Document.Auth, "/mcp").Should().Be(isMetadata);

    [Test]
    public void Without_a_token_the_challenge_leads_to_the_metadata_and_names_the_scopes() =>
        Challenge(Refused(AccessReasons.TokenMissing)).Should().Be(
            "Bearer scope=\"weather:read\", resource_metadata=\"https://weather.example.com/.well-known/oauth-protected-resource/mcp\"");

    [Test]
    public void A_bad_token_is_called_invalid() =>
        Challenge(Refused(AccessReasons.TokenInvalid)).Should().StartWith("Bearer error=\"invalid_token\", scope=").And.Contain("error_description=");

    [Test]
    public void A_missing_scope_asks_to_step_up_to_all_that_the_operation_needs() =>
        Challenge(Refused(AccessReasons.InsufficientScope, ["a", "b"]), scopes: ["a", "b"]).Should().StartWith(
            "Bearer error=\"insufficient_scope\", scope=\"a b\", resource_metadata=\"https://weather.example.com/.well-known/oauth-protected-resource/mcp\", error_description=\"");

    [Test]
    public void Where_there_is_a_scope_that_every_client_may_have_a_client_without_a_token_is_asked_for_that_one_alone()
    {
        var document = Document with { Auth = Document.Auth with { BaseScope = "mcp:team-a:weather" } };

        Challenge(Refused(AccessReasons.TokenMissing), document).Should().StartWith("Bearer scope=\"mcp:team-a:weather\", ");
        Challenge(Refused(AccessReasons.TokenInvalid), document).Should().Contain("scope=\"mcp:team-a:weather\"");
        JsonNode.Parse(Metadata(document))!["scopes_supported"]!.ToJsonString().Should().Be("""["mcp:team-a:weather"]""");
    }

    [Test]
    public void A_missing_scope_asks_for_what_the_caller_would_lose_as_well_but_not_for_what_is_not_this_server_s()
    {
        var document = Document with { Auth = Document.Auth with { BaseScope = "mcp:team-a:weather" } };

        Challenge(Refused(AccessReasons.InsufficientScope, ["a"]), document, ["a"], ["openid", "mcp:team-a:weather", "weather:read", "mcp:team-b:bank:pay", "a"])
            .Should().Contain("scope=\"a mcp:team-a:weather weather:read\"");
    }

    [Test]
    public void A_refusal_that_no_token_would_mend_challenges_nobody() => Challenge(Refused(AccessReasons.ToolDenied)).Should().BeNull();

    [Test]
    public void What_a_description_says_cannot_break_out_of_its_quotes() =>
        Challenge(new Denial(401, 0, AccessReasons.TokenInvalid, "a\"b\\c\r\nX: y é")).Should().Contain("error_description=\"a'b'c''X: y '\"");
}
