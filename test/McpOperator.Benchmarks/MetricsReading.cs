using System.Globalization;

namespace McpOperator.Benchmarks;

/// <summary>One answer of <c>/metrics</c>.</summary>
internal sealed class MetricsReading
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    /// <summary>Reads Prometheus' text format.</summary>
    public static MetricsReading Parse(string text)
    {
        var reading = new MetricsReading();
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var space = line.LastIndexOf(' ');
            var brace = line.IndexOf('{', StringComparison.Ordinal);
            var (name, labels) = brace < 0 ? (line[..space], "") : (line[..brace], line[brace..space]);
            reading._samples.Add((name, labels, double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture)));
        }

        return reading;
    }

    /// <summary>The sum of a metric over all its labels, or over those series that contain a text such as <c>verb="apply"</c>.</summary>
    public double Sum(string name, string label = "") => _samples.Where(s => s.Name == name && s.Labels.Contains(label, StringComparison.Ordinal)).Sum(s => s.Value);

    /// <summary>A counter by the values of one label.</summary>
    public IReadOnlyDictionary<string, double> By(string name, string label)
    {
        var sums = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (_, labels, value) in _samples.Where(s => s.Name == name))
        {
            var start = labels.IndexOf($"{label}=\"", StringComparison.Ordinal) + label.Length + 2;
            var key = labels[start..labels.IndexOf('"', start)];
            sums[key] = sums.GetValueOrDefault(key) + value;
        }

        return sums;
    }
}
