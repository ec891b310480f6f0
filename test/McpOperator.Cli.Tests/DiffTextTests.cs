using McpOperator.Api.V1Alpha1;

namespace McpOperator.Cli.Tests;

/// <summary>What a reviewer sees of a difference is all of it, and nothing in it does anything to their terminal.</summary>
public sealed class DiffTextTests
{
    private static readonly MCPServer Server = new()
    {
        Metadata = new() { Name = "weather", NamespaceProperty = "team-a" },
        Spec = new() { Image = "x" },
        Status = new()
        {
            Pending = new() { Version = 2, Image = "ghcr.io/acme/x@sha256:2", SurfaceHash = new string('a', 64), ChangedBy = ["mallory"] },
            History = [new() { Version = 1, Image = "ghcr.io/acme/x@sha256:1", State = VersionState.Active }],
        },
    };

    private static string Written(bool color, params SurfaceChange[] changes)
    {
        using var to = new StringWriter();
        new DiffText(to, color).Write(Server, new(changes, true));
        return to.ToString();
    }

    private static SurfaceChange Change(string? before, string? after) => new() { Tool = "get\u202e", Field = "description", Class = SurfaceChangeClass.HiddenText, Before = before, After = after };

    [Test]
    public void What_hides_is_seen_and_what_a_terminal_would_obey_is_not_sent()
    {
        var text = Written(false, Change("Tells the weather.", "Tells the we\u0430ther.\u200b\u001b[2J\rTells the weather."));

        text.Should().Contain("  - Tells the weather.").And.Contain("  + Tells the we\u0430⟨U+0430⟩ther.⟨U+200B⟩⟨U+001B⟩[2J⟨U+000D⟩Tells the weather.").And.Contain("get⟨U+202E⟩");
        text.Should().NotContain("\u001b").And.NotContain("\r").And.NotContain("\u200b").And.NotContain("\u202e");
    }

    [Test]
    public void Colours_mark_what_differs_and_the_text_is_the_same()
    {
        var change = Change("Tells the weather.", "Tells the truth.");

        var colored = Written(true, change);

        colored.Should().Contain("Tells the \u001b[7m");
        System.Text.RegularExpressions.Regex.Replace(colored, "\u001b\\[\\d+m", "").Should().Be(Written(false, change));
    }

    [Test]
    public void Whose_change_it_is_and_how_to_decide_is_said()
    {
        var text = Written(false, Change(null, "New."));

        text.Should().Contain("mallory").And.Contain("ghcr.io/acme/x@sha256:2 (version 1 has ghcr.io/acme/x@sha256:1)");
        text.Should().Contain("mcp-operator review approve weather -n team-a --hash aaaaaaaaaaaaaaaa").And.NotContain("  - ");
    }

    [TestCase("", "a")]
    [TestCase("aa", "aaa")]
    [TestCase("aaa", "aa")]
    [TestCase("ab", "ba")]
    [TestCase("one\ntwo", "one\n2")]
    public void Texts_of_all_sorts_are_written_whole(string before, string after)
    {
        var lines = Written(false, Change(before, after)).Split('\n');

        lines.Where(l => l.StartsWith("  - ", StringComparison.Ordinal)).Select(l => l[4..]).Should().Equal(before.Split('\n'));
        lines.Where(l => l.StartsWith("  + ", StringComparison.Ordinal)).Select(l => l[4..]).Should().Equal(after.Split('\n'));
    }
}
