using System.Text.RegularExpressions;

namespace McpOperator.Policy.Tests;

public sealed partial class ToolScopesTests
{
    [TestCase("forecast", "mcp:team-a:weather:forecast")]
    [TestCase("get.user_by-id", "mcp:team-a:weather:get.user_by-id")]
    [TestCase("get user", "mcp:team-a:weather:get%20user")]
    [TestCase("a:b", "mcp:team-a:weather:a%3Ab")]
    [TestCase("50%", "mcp:team-a:weather:50%25")]
    [TestCase("größe", "mcp:team-a:weather:gr%C3%B6%C3%9Fe")]
    public void A_tool_s_scope_says_whose_it_is(string tool, string scope) => ToolScopes.NameOf("team-a", "weather", tool).Should().Be(scope);

    [Test]
    public void No_two_tools_share_a_scope_however_long_or_odd_their_names()
    {
        var x = new string('x', 400);
        (string Ns, string Server, string Tool)[] tools =
        [
            ("a", "b", "get.user"), ("a", "b", "get user"), ("a", "b", "get-user"), ("a", "b", "get%20user"), ("a", "b", "Get User"), ("a", "b", "get  user"),
            ("a", "b", x), ("a", "b", x + "y"), ("a", "b", x[..^1]), ("a", "c", x), ("a", "b", "~"), ("a", "b", ""), ("a", "b.c", "d"), ("a.b", "c", "d"),
            ("a", "b", ToolScopes.NameOf("a", "b", x)["mcp:a:b:".Length..]), (new string('n', 63), new string('s', 63), new string('t', 128)), (new string('n', 63), new string('s', 63), new string('t', 129)),
        ];

        var scopes = tools.Select(t => ToolScopes.NameOf(t.Ns, t.Server, t.Tool)).ToList();

        scopes.Should().OnlyHaveUniqueItems().And.OnlyContain(s => s.Length <= ToolScopes.LongestName && ScopeToken().IsMatch(s));
    }

    [TestCase("weather:report", null)]
    [TestCase("mcp:team-a:weather:report", null)]
    [TestCase("mcp:team-b:bank:transfer", "begin with mcp:team-a:weather:")]
    [TestCase("mcp:team-a:weather2:x", "begin with mcp:team-a:weather:")]
    [TestCase("mcp:anything", "begin with mcp:team-a:weather:")]
    [TestCase("offline_access", "means something else")]
    [TestCase("openid", "means something else")]
    public void A_server_may_not_name_a_scope_that_is_another_s(string scope, string? problem)
    {
        var found = ToolScopes.ProblemOf("team-a", "weather", scope);

        if (problem is null)
        {
            found.Should().BeNull();
        }
        else
        {
            found.Should().Contain(problem);
        }
    }

    /// <summary>RFC 6749, 3.3.</summary>
    [GeneratedRegex(@"^[\x21\x23-\x5B\x5D-\x7E]+$")]
    private static partial Regex ScopeToken();
}
