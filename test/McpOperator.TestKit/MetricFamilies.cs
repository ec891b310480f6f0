using System.Text.RegularExpressions;

namespace McpOperator.TestKit;

/// <summary>What a scrape shows: the metrics' types and the names of their labels.</summary>
public static partial class MetricFamilies
{
    /// <summary>By name, the type and every set of label names that one of the series has (<c>le</c> aside), sorted and joined by commas.</summary>
    public static IReadOnlyDictionary<string, (string Type, IReadOnlySet<string> Labels)> Of(string scrape)
    {
        var families = new Dictionary<string, (string Type, HashSet<string> Labels)>();
        foreach (var line in scrape.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is ["#", "TYPE", var name, var type])
            {
                families[name] = (type, []);
            }
            else if (line[0] != '#')
            {
                var series = Series().Match(line);
                var family = families.GetValueOrDefault(series.Groups[1].Value) is { Labels: not null } own ? own : families[Part().Replace(series.Groups[1].Value, "")];
                family.Labels.Add(string.Join(',', Label().Matches(series.Groups[2].Value).Select(m => m.Groups[1].Value).Where(l => l != "le").Order(StringComparer.Ordinal)));
            }
        }

        return families.ToDictionary(f => f.Key, f => (f.Value.Type, (IReadOnlySet<string>)f.Value.Labels));
    }

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ")]
    private static partial Regex Series();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Label();
}
