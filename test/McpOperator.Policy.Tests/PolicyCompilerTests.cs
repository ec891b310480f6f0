using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Policy.Tests;

public sealed class PolicyCompilerTests
{
    private static readonly OperatorConfiguration Configuration = new();

    private static MCPServer Server(Func<MCPServerSpec, MCPServerSpec>? change = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = "weather", NamespaceProperty = "team-a" },
        Spec = (change ?? (s => s))(new MCPServerSpec { Image = "ghcr.io/acme/weather" }),
    };

    private static CompiledPolicy Compile(MCPServer server, MCPToolConfigSpec? config = null) =>
        PolicyCompiler.Compile(server, new ToolConfigResolution(config, null), "acme", Configuration);

    private static MCPToolConfig Config(MCPToolConfigSpec spec) => new() { Metadata = new V1ObjectMeta { Name = "tools" }, Spec = spec };

    [Test]
    public void The_document_names_its_schema_and_its_server() =>
        Compile(Server()).Document.Should().Match<PolicyDocument>(d =>
            d.Schema == "policy.mcpoperator.io/v1" && d.Server == new ServerIdentity("team-a", "weather", "acme") && d.Closed == null);

    [Test]
    public void Without_a_reference_all_tools_are_open()
    {
        var resolution = ToolConfigResolution.Of(null, null);

        var tools = PolicyCompiler.Compile(Server(), resolution, "acme", Configuration).Document.Tools;

        tools.Closed.Should().BeNull();
        tools.Filter.Should().BeNull();
    }

    [Test]
    public void A_missing_tool_configuration_closes_all_tools()
    {
        var resolution = ToolConfigResolution.Of(new LocalReference { Name = "tools" }, null);

        var tools = PolicyCompiler.Compile(Server(), resolution, "acme", Configuration).Document.Tools;

        resolution.Problem!.Reason.Should().Be(Reasons.NotFound);
        tools.Closed.Should().Contain("tools").And.Contain("spec.toolConfigRef.name");
        tools.Filter.Should().BeEmpty("a proxy that overlooks the reason must not show anything either");
    }

    [Test]
    public void A_tool_configuration_with_a_collision_closes_all_tools()
    {
        var config = Config(new() { ToolsFilter = ["a", "b"], ToolsOverride = new Dictionary<string, ToolOverride> { ["a"] = new() { Name = "b" } } });

        var resolution = ToolConfigResolution.Of(new LocalReference { Name = "tools" }, config);

        resolution.Problem!.Reason.Should().Be(Reasons.ToolNameCollision);
        resolution.Config.Should().BeNull();
        PolicyCompiler.Compile(Server(), resolution, "acme", Configuration).Document.Tools.Should().Match<ToolPolicy>(t => t.Closed != null && t.Filter!.Count == 0);
    }

    [Test]
    public void A_tool_configuration_that_gives_one_declared_tool_the_name_of_another_closes_all_tools()
    {
        var config = Config(new() { ToolsOverride = new Dictionary<string, ToolOverride> { ["a"] = new() { Name = "b" } } });

        ToolConfigResolution.Of(new LocalReference { Name = "tools" }, config, [new() { Name = "a" }, new() { Name = "b" }]).Problem!.Reason
            .Should().Be(Reasons.ToolNameCollision);
        ToolConfigResolution.Of(new LocalReference { Name = "tools" }, config, [new() { Name = "a" }]).Problem.Should().BeNull();
    }

    [Test]
    public void An_empty_filter_shows_nothing_and_an_absent_one_all()
    {
        Compile(Server(), new() { ToolsFilter = [] }).Document.Tools.Filter.Should().BeEmpty();
        Compile(Server(), new()).Document.Tools.Filter.Should().BeNull();
    }

    [Test]
    public void A_suspended_server_answers_nobody() =>
        Compile(Server(s => s with { Suspend = true })).Document.Closed.Should().Be("The server is suspended.");

    [Test]
    public void Overrides_filter_and_declared_tools_stand_in_the_order_of_the_servers_own_names()
    {
        var config = new MCPToolConfigSpec
        {
            ToolsFilter = ["z", "B", "a"],
            ToolsOverride = new Dictionary<string, ToolOverride> { ["z"] = new() { Name = "first" }, ["a"] = new() { Description = "text" } },
        };

        var tools = Compile(Server(s => s with { Tools = [new() { Name = "z" }, new() { Name = "a" }, new() { Name = "B" }] }), config).Document.Tools;

        tools.Filter.Should().Equal("B", "a", "z");
        tools.Overrides!.Select(o => o.Tool).Should().Equal("a", "z");
        tools.Declared!.Select(t => t.Name).Should().Equal("B", "a", "z");
    }

    [Test]
    public void Annotations_of_an_override_reach_the_proxy()
    {
        var hints = new ToolAnnotations { Title = "T", ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false };

        Compile(Server(), new() { ToolsOverride = new Dictionary<string, ToolOverride> { ["a"] = new() { Annotations = hints } } })
            .Document.Tools.Overrides.Should().ContainSingle().Which.Annotations.Should().Be(hints);
    }

    [Test]
    public void The_revision_does_not_depend_on_the_order_of_what_has_no_order()
    {
        CompiledPolicy With(string[] filter, string[] overrides, string[] tools, string schema) => Compile(
            Server(s => s with { Tools = [.. tools.Select(t => new ToolDeclaration { Name = t, InputSchema = JsonNode.Parse(schema)!.AsObject() })] }),
            new() { ToolsFilter = filter, ToolsOverride = overrides.ToDictionary(o => o, o => new ToolOverride { Name = "new-" + o }) });

        var one = With(["a", "b"], ["a", "b"], ["a", "b"], """{"type":"object","properties":{"x":{"minimum":1},"y":{}}}""");
        var other = With(["b", "a"], ["b", "a"], ["b", "a"], """{"properties":{"y":{},"x":{"minimum":1.0}},"type":"object"}""");

        other.Text.Should().Be(one.Text);
        other.Revision.Should().Be(one.Revision).And.MatchRegex("^[0-9a-f]{16}$");
    }

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Case("suspend", s => s with { Suspend = true });
        yield return Case("a tool", s => s with { Tools = [new() { Name = "a" }] });
        yield return Case("no tools", s => s with { Tools = [] });
        yield return Case("access mode", s => s with { Access = new() { RequireSession = true, Mode = AccessMode.Enforce } }, changes: false);
        yield return Case("issuer", s => s with { Auth = new() { Issuer = "https://a" } });
        yield return Case("audience", s => s with { Auth = new() { Audience = "https://a" } });
        yield return Case("resource", s => s with { Auth = new() { ResourceUrl = "https://a" } });
        yield return Case("keys", s => s with { Auth = new() { JwksUri = "https://a" } });
        yield return Case("claim", s => s with { Auth = new() { Claims = new() { User = "email" } } });
        yield return Case("limit", s => s with { RateLimits = new() { ToolCallsPerMinute = 1 } });
        yield return Case("client limit", s => s with { RateLimits = new() { ToolCallsPerMinutePerClient = 1 } });
        yield return Case("audit", s => s with { Audit = new() { Enabled = false } });
        yield return Case("arguments", s => s with { Audit = new() { IncludeArguments = true } });
        yield return Case("image", s => s with { Image = "other" }, changes: false);
        yield return Case("scale", s => s with { Scaling = new() { MinScale = 2 } }, changes: false);

        static TestCaseData Case(string name, Func<MCPServerSpec, MCPServerSpec> change, bool changes = true) =>
            new TestCaseData(change, changes).SetArgDisplayNames(name, changes ? "changes it" : "leaves it");
    }

    [TestCaseSource(nameof(Changes))]
    public void The_revision_changes_with_what_the_proxy_enforces_and_with_nothing_else(Func<MCPServerSpec, MCPServerSpec> change, bool changes) =>
        (Compile(Server(change)).Revision != Compile(Server()).Revision).Should().Be(changes);

    [Test]
    public void A_document_with_every_field_set_comes_back_from_its_text_as_it_was()
    {
        var document = Compile(
            Server(s => s with
            {
                Suspend = true,
                Tools = [new() { Name = "a", Description = "d", InputSchema = new JsonObject { ["type"] = "object" }, Scope = "s", SideEffect = SideEffect.Destructive, RequiredTrust = TrustLevel.High }],
                Auth = new() { Type = AuthType.OIDC, Issuer = "https://i", Audience = "aud", JwksUri = "https://k", ResourceUrl = "https://r", Claims = new() { User = "u", Agent = "a", Groups = "g", Session = "s" } },
                RateLimits = new() { ToolCallsPerMinute = 5, ToolCallsPerMinutePerClient = 4 },
                Audit = new() { Enabled = true, IncludeArguments = true },
            }),
            new()
            {
                ToolsFilter = ["a"],
                ToolsOverride = new Dictionary<string, ToolOverride>
                {
                    ["a"] = new() { Name = "n", Description = "o", Annotations = new() { Title = "t", ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = true } },
                },
            });
        var full = new CompiledPolicy(document.Document with
        {
            Tools = document.Document.Tools with { Closed = "why", Approved = [new("a", "h")] },
            Auth = document.Document.Auth with { CertificateAuthorities = "c", BaseScope = "b" },
            Limits = document.Document.Limits with { Shared = new() { Url = "rediss://l", CertificateAuthorities = "c", KeyPrefix = "k", TimeoutMilliseconds = 1, WhenUnavailable = LimitFallback.Allow } },
        });
        Unset(JsonNode.Parse(full.Text)!, typeof(PolicyDocument), "").Should().BeEmpty("this test is to cover every field");

        var back = JsonSerializer.Deserialize(full.Text, PolicyJson.Default.PolicyDocument)!;

        new CompiledPolicy(back).Text.Should().Be(full.Text);
        back.Should().BeEquivalentTo(full.Document, o => o.Excluding(m => m.Type == typeof(JsonObject)));
    }

    [TestCase(null, null, null)]
    [TestCase(null, "keycloak's", "keycloak's")]
    [TestCase("own", "keycloak's", "own")]
    public void Issuers_are_trusted_by_the_authorities_that_are_named_for_them_or_else_for_Keycloak(string? auth, string? keycloak, string? expected) => PolicyCompiler.Compile(
        Server(), ToolConfigResolution.Of(null, null, null), "team-a", new() { Auth = new() { CertificateAuthorities = auth }, Keycloak = new() { CertificateAuthorities = keycloak } })
        .Document.Auth.CertificateAuthorities.Should().Be(expected);

    [Test]
    public void A_server_whose_tools_have_scopes_in_Keycloak_has_one_itself()
    {
        var seen = new ObservedTool { Name = "seen", Definition = new JsonObject { ["name"] = "seen" } };
        Of(s => s with { Tools = [new() { Name = "a" }] }).Should().Be("mcp:team-a:weather");
        Of(s => s, [seen]).Should().Be("mcp:team-a:weather", "tools that were seen have scopes too");
        Of(s => s).Should().BeNull("without tools there is no scope");
        Of(s => s with { Tools = [] }, [seen]).Should().BeNull("none is declared, and none is shown");
        Of(s => s with { Tools = [new() { Name = "a", Scope = "s" }], Auth = new() { Issuer = "https://elsewhere.example.com" } }).Should().BeNull("that issuer knows nothing of it");

        static string? Of(Func<MCPServerSpec, MCPServerSpec> change, IReadOnlyList<ObservedTool>? observed = null) => PolicyCompiler.Compile(
            Server(change), ToolConfigResolution.Of(null, null, null), "team-a", new() { Keycloak = new() { Url = "https://k", Realm = "agents" } }, observed).Document.Auth.BaseScope;
    }

    [Test]
    public void Enums_stand_in_the_document_as_people_write_them()
    {
        var text = Compile(Server(s => s with { Tools = [new() { Name = "a", SideEffect = SideEffect.Write, RequiredTrust = TrustLevel.Medium }] })).Text;

        text.Should().Contain("\"sideEffect\":\"write\"").And.Contain("\"requiredTrust\":\"medium\"").And.Contain("\"mode\":\"Enforce\"").And.Contain("\"type\":\"OIDC\"");
    }

    /// <summary>The properties of a type that a text does not set, by path.</summary>
    private static IEnumerable<string> Unset(JsonNode? node, Type type, string path)
    {
        if (type.Namespace?.StartsWith("McpOperator", StringComparison.Ordinal) != true || type.IsEnum)
        {
            return [];
        }

        return type.GetProperties().Where(p => p.GetMethod is { IsStatic: false } && p.Name != "EqualityContract").SelectMany(p =>
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(p.Name);
            var value = node?[name];
            var inner = value is JsonArray list ? list[0] : value;
            var element = p.PropertyType.IsGenericType && value is JsonArray ? p.PropertyType.GetGenericArguments()[0] : p.PropertyType;
            return value is null ? [$"{path}.{name}"] : Unset(inner, element, $"{path}.{name}");
        });
    }
}
