using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy.Tests;

public sealed class SurfaceTests
{
    private static readonly ToolDeclaration Tool = new()
    {
        Name = "get",
        Description = "Gets.",
        InputSchema = Schema("""{"type":"object","properties":{"a":{"minimum":1},"b":{}},"required":["a","b"]}"""),
        Scope = "scope",
    };

    private static JsonObject Schema(string json) => JsonNode.Parse(json)!.AsObject();

    private static string Hash(params ToolDeclaration[] tools) => Surface.Of(tools, null)!.Hash;

    private static string HashOf(string schema) => Hash(Tool with { InputSchema = Schema(schema) });

    [Test]
    public void A_server_that_declares_nothing_has_no_known_surface_and_one_that_declares_no_tools_has_an_empty_one()
    {
        Surface.Of((IReadOnlyList<ToolDeclaration>?)null, null).Should().BeNull();
        // SHA-256 of [].
        Surface.Of(Array.Empty<ToolDeclaration>(), null)!.Hash.Should().Be("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
    }

    [Test]
    public void The_hash_is_of_canonical_json()
    {
        const string canonical = """[{"description":"Gets.","inputSchema":{"properties":{"a":{"minimum":1},"b":{}},"required":["a","b"],"type":"object"},"name":"get","requiredTrust":"low","scope":"scope","sideEffect":"read"}]""";

        Hash(Tool).Should().Be(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(canonical))));
    }

    [Test]
    public void The_order_of_tools_and_of_keys_does_not_matter()
    {
        var other = Tool with { Name = "put" };

        Hash(Tool, other).Should().Be(Hash(other, Tool));
        HashOf("""{"x":{"a":1,"b":[{"c":1,"d":2}]},"y":true}""").Should().Be(HashOf("""{"y":true,"x":{"b":[{"d":2,"c":1}],"a":1}}"""));
    }

    [TestCase("1", "1.0", true)]
    [TestCase("100", "1e2", true)]
    [TestCase("1.5", "1.50", true)]
    [TestCase("0", "-0", true)]
    [TestCase("0", "0.0", true)]
    [TestCase("0.001", "1E-3", true)]
    [TestCase("1", "1.1", false)]
    [TestCase("9007199254740993", "9007199254740992", false)]
    [TestCase("123456789012345678901234567890", "123456789012345678901234567891", false)]
    [TestCase("0.12345678901234567890123456789012", "0.12345678901234567890123456789013", false)]
    [TestCase("1.5e-28", "1.6e-28", false)]
    [TestCase("1e99999999999", "2e99999999999", false)]
    [TestCase("1", "\"1\"", false)]
    [TestCase("1e400", "1e401", false)]
    public void Numbers_count_by_their_value_not_by_their_writing(string one, string other, bool equal) =>
        (HashOf($$"""{"x":{{one}}}""") == HashOf($$"""{"x":{{other}}}""")).Should().Be(equal);

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Case("name", Tool with { Name = "got" });
        yield return Case("description", Tool with { Description = "Gets!" });
        yield return Case("white space in the description", Tool with { Description = "Gets. " });
        yield return Case("an invisible character in the description", Tool with { Description = "Gets.\u200b" });
        yield return Case("scope", Tool with { Scope = "other" });
        yield return Case("no scope", Tool with { Scope = null });
        yield return Case("side effect", Tool with { SideEffect = SideEffect.Write });
        yield return Case("trust", Tool with { RequiredTrust = TrustLevel.High });
        yield return Case("no schema", Tool with { InputSchema = null });
        yield return Case("empty schema", Tool with { InputSchema = [] });
        yield return Case("a value in the schema", With("""{"type":"object","properties":{"a":{"minimum":2},"b":{}},"required":["a","b"]}"""));
        yield return Case("the order of a list", With("""{"type":"object","properties":{"a":{"minimum":1},"b":{}},"required":["b","a"]}"""));
        yield return Case("a null", With("""{"type":"object","properties":{"a":{"minimum":1,"x":null},"b":{}},"required":["a","b"]}"""));
        yield return Case("a description deep in the schema", With("""{"type":"object","properties":{"a":{"minimum":1},"b":{"description":"x"}},"required":["a","b"]}"""));

        static ToolDeclaration With(string schema) => Tool with { InputSchema = Schema(schema) };
        static TestCaseData Case(string what, ToolDeclaration changed) => new TestCaseData(changed).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Changes))]
    public void Whatever_is_seen_changes_the_hash(ToolDeclaration changed) => Hash(changed).Should().NotBe(Hash(Tool));

    [Test]
    public void All_those_changes_have_hashes_of_their_own() =>
        Changes().Select(c => Hash((ToolDeclaration)c.Arguments[0]!)).Should().OnlyHaveUniqueItems();

    [Test]
    public void Text_cannot_pass_for_structure() =>
        Hash(Tool with { Description = "x\",\"name\":\"y", InputSchema = null }).Should().NotBe(Hash(Tool with { Description = "x", Name = "y", InputSchema = null }));

    [Test]
    public void Two_tools_are_not_one_with_a_longer_name() => Hash(Tool with { Name = "a" }, Tool with { Name = "b" }).Should().NotBe(Hash(Tool with { Name = "ab" }));

    [Test]
    public void The_surface_is_what_is_left_after_filter_and_overrides()
    {
        var config = new MCPToolConfigSpec { ToolsFilter = ["get"], ToolsOverride = new Dictionary<string, ToolOverride> { ["get"] = new() { Name = "fetch", Description = "Fetches." } } };

        Surface.Of([Tool, Tool with { Name = "hidden" }], config)!.Hash.Should().Be(Hash(Tool with { Name = "fetch", Description = "Fetches." }));
    }
}
