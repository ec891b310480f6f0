using System.Globalization;
using System.Text.RegularExpressions;

namespace McpOperator.Cli.Convert;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>500ms</c>.</summary>
internal static partial class GoDuration
{
    /// <summary>The duration; nothing when the text is none.</summary>
    public static TimeSpan? Parse(string? text)
    {
        var match = text is null ? Match.Empty : Whole().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var seconds = match.Groups[1].Captures.Zip(match.Groups[2].Captures, (number, unit) => double.Parse(number.Value, CultureInfo.InvariantCulture) * unit.Value switch
        {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            "ms" => 1e-3,
            _ => 1e-6,
        }).Sum();
        return seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"^(?:([0-9]+(?:\.[0-9]+)?)(h|ms|us|m|s))+$")]
    private static partial Regex Whole();
}
