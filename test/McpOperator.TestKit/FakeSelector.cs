using System.Text.Json.Nodes;

namespace McpOperator.TestKit;

/// <summary>Label selectors (<c>a=b</c>, <c>a!=b</c>, <c>a</c>, <c>!a</c>) and the field selector for a name or a namespace.</summary>
internal sealed class FakeSelector(string? labels, string? fields)
{
    public bool Matches(JsonObject item) => Terms(labels).All(t => MatchesLabel(item, t)) && Terms(fields).All(t => MatchesField(item, t));

    private static string[] Terms(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static bool MatchesLabel(JsonObject item, string term)
    {
        string? Label(string name) => item["metadata"]?["labels"]?[name]?.GetValue<string>();
        return term.Split("!=") is [var a, var b] ? Label(a) != b
            : term.Split('=', StringSplitOptions.RemoveEmptyEntries) is [var c, var d] ? Label(c) == d
            : term[0] == '!' ? Label(term[1..]) is null
            : Label(term) is not null;
    }

    private static bool MatchesField(JsonObject item, string term) =>
        term.Split('=') is ["metadata.name" or "metadata.namespace", var value] parts
        && item["metadata"]?[parts[0][9..]]?.GetValue<string>() == value;
}
