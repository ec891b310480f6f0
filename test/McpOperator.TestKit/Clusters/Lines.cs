namespace McpOperator.TestKit;

/// <summary>Lines <c>NAME=value</c>, as the scripts write them.</summary>
internal static class Lines
{
    public static IReadOnlyDictionary<string, string> Parse(string text) =>
        text.Split('\n').Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
}
