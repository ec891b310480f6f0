using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy.Tests;

/// <summary>Filter and overrides speak of the server's own names. The cases marked with a letter are what ToolHive gets wrong.</summary>
public sealed class ToolNamesTests
{
    private static IReadOnlyList<ToolDeclaration> Declared(params string[] names) => [.. names.Select(n => new ToolDeclaration { Name = n, Description = "about " + n })];

    private static MCPToolConfigSpec Config(string[]? filter, params (string Tool, string? Name)[] renames) => new()
    {
        ToolsFilter = filter,
        ToolsOverride = renames.Length == 0 ? null : renames.ToDictionary(r => r.Tool, r => new ToolOverride { Name = r.Name, Description = r.Name is null ? "other words" : null }),
    };

    private static IEnumerable<string> Exposed(MCPToolConfigSpec? config, params string[] declared) => Surface.Of(Declared(declared), config)!.Tools.Select(t => t.Name);

    [Test]
    public void Without_a_configuration_all_tools_are_shown() => Exposed(null, "b", "a").Should().Equal("a", "b");

    [Test]
    public void An_absent_filter_shows_all_and_an_empty_one_none()
    {
        Exposed(Config(null), "a", "b").Should().Equal("a", "b");
        Exposed(Config([]), "a", "b").Should().BeEmpty();
    }

    [Test]
    public void B_A_filter_by_the_servers_own_name_shows_the_tool_under_its_new_name() => Exposed(Config(["a"], ("a", "x")), "a", "b").Should().Equal("x");

    [Test]
    public void B_A_filter_by_the_new_name_shows_nothing() => Exposed(Config(["x"], ("a", "x")), "a", "b").Should().BeEmpty();

    [Test]
    public void C_A_renamed_tool_does_not_keep_its_old_name() => Exposed(Config(null, ("a", "x")), "a", "b").Should().Equal("b", "x");

    [Test]
    public void E_An_override_of_the_words_alone_keeps_the_name()
    {
        Surface.Of(Declared("a"), Config(null, ("a", null)))!.Tools.Should().ContainSingle().Which.Should().Match<SurfaceTool>(t => t.Name == "a" && t.Description == "other words");
        ToolNames.CollisionIn(Config(null, ("a", null))).Should().BeNull();
    }

    [Test]
    public void An_override_of_the_name_alone_keeps_the_words() =>
        Surface.Of(Declared("a"), Config(null, ("a", "x")))!.Tools.Single().Description.Should().Be("about a");

    [Test]
    public void Names_are_told_apart_by_case() => Exposed(Config(["A"]), "a").Should().BeEmpty();

    private static IEnumerable<TestCaseData> Collisions()
    {
        yield return Case("two get one name", Config(null, ("a", "x"), ("b", "x")), "x");
        yield return Case("d: a name that another filtered tool bears", Config(["a", "b"], ("a", "b")), "b");
        yield return Case("d: a name that a tool of another override keeps", Config(null, ("a", "b"), ("b", null)), "b");
        yield return Case("d: the same, the other way round", Config(null, ("b", "a"), ("a", null)), "a");
    }

    private static IEnumerable<TestCaseData> Peace()
    {
        yield return Case("two swap names", Config(null, ("a", "b"), ("b", "a")), "");
        yield return Case("two filtered ones swap names", Config(["a", "b"], ("a", "b"), ("b", "a")), "");
        yield return Case("a chain", Config(["a", "b"], ("a", "b"), ("b", "c")), "");
        yield return Case("its own name", Config(null, ("a", "a")), "");
        yield return Case("its own name, filtered", Config(["a"], ("a", "a")), "");
        yield return Case("the name of a hidden tool", Config(["a"], ("a", "b")), "");
        yield return Case("the other one is hidden", Config(["a"], ("a", "x"), ("b", "x")), "");
        yield return Case("both are hidden", Config([], ("a", "x"), ("b", "x")), "");
        yield return Case("a name twice in the filter", Config(["a", "a"]), "");
        yield return Case("nothing at all", new MCPToolConfigSpec(), "");
        yield return Case("differ by case", Config(null, ("a", "X"), ("b", "x")), "");
    }

    private static TestCaseData Case(string name, MCPToolConfigSpec config, string clash) => new TestCaseData(config, clash).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Collisions))]
    public void Two_tools_never_end_with_one_name(MCPToolConfigSpec config, string clash) =>
        ToolNames.CollisionIn(config).Should().Contain("spec.toolsOverride[").And.Contain($"'{clash}'").And.Contain("choose another name");

    [TestCaseSource(nameof(Peace))]
    public void Names_that_differ_in_the_end_do_not_collide(MCPToolConfigSpec config, string clash) => ToolNames.CollisionIn(config).Should().BeNull(clash);

    [Test]
    public void D_A_name_that_another_declared_tool_bears_is_a_collision()
    {
        var config = Config(null, ("a", "b"));

        ToolNames.CollisionIn(config, Declared("a", "b")).Should().Contain("'b'");
        ToolNames.CollisionIn(config, Declared("a", "c")).Should().BeNull();
        ToolNames.CollisionIn(Config(["a"], ("a", "b")), Declared("a", "b")).Should().BeNull("b is hidden");
        ToolNames.CollisionIn(Config(["a", "b"], ("a", "b")), Declared("a")).Should().NotBeNull("the filter names it, so the server may well have it");
    }

    [Test]
    public void Where_no_collision_is_found_no_two_tools_bear_one_name()
    {
        // Every configuration over three tools and three names: what is not refused must come out with distinct names.
        string?[] names = [null, "a", "b", "c"];
        string[]?[] filters = [null, [], ["a"], ["a", "b"], ["b", "c"], ["a", "b", "c"]];
        foreach (var filter in filters)
            foreach (var a in names)
                foreach (var b in names)
                    foreach (var c in names)
                    {
                        var config = Config(filter, ("a", a), ("b", b), ("c", c));
                        if (ToolNames.CollisionIn(config) is null)
                        {
                            Exposed(config, "a", "b", "c").Should().OnlyHaveUniqueItems($"[{string.Join(",", filter ?? ["all"])}] a={a} b={b} c={c}");
                        }
                    }
    }
}
