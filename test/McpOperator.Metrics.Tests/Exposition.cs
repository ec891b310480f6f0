using System.Globalization;
using System.Text;

namespace McpOperator.Metrics.Tests;

/// <summary>Reads the text format 0.0.4 and refuses whatever the format's description does not allow.</summary>
internal sealed class Exposition
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _samples = [];

    public IReadOnlyDictionary<string, string> Types => _types;

    public double this[string sample] => _samples.TryGetValue(sample, out var value)
        ? value
        : throw new KeyNotFoundException($"no {sample} among:\n{string.Join('\n', _samples.Keys)}");

    public IReadOnlyCollection<string> Samples => _samples.Keys;

    public static Exposition Scrape(MetricsRegistry registry) => Parse(Text(registry));

    public static string Text(MetricsRegistry registry)
    {
        using var stream = new MemoryStream();
        PrometheusTextWriter.WriteAsync(registry, stream).GetAwaiter().GetResult();
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(stream.ToArray());
    }

    public static Exposition Parse(string text)
    {
        text.Should().EndWith("\n");
        var result = new Exposition();
        var (family, help) = ("", "");
        foreach (var line in text[..^1].Split('\n'))
        {
            var words = line.Split(' ', 4);
            switch (words)
            {
                case ["#", "HELP", var name, ..]:
                    help = name;
                    break;
                case ["#", "TYPE", var name, var type]:
                    type.Should().BeOneOf("counter", "gauge", "histogram");
                    (help is "" || help == name).Should().BeTrue("HELP and TYPE stand together");
                    result._types.TryAdd(name, type).Should().BeTrue($"{name} has one TYPE only");
                    (family, help) = (name, "");
                    break;
                default:
                    result.AddSample(line, family);
                    break;
            }
        }

        result.CheckHistograms();
        return result;
    }

    private void AddSample(string line, string family)
    {
        var position = 0;
        while (position < line.Length && (char.IsAsciiLetterOrDigit(line[position]) || line[position] is '_' or ':'))
        {
            position++;
        }

        var name = line[..position];
        name.Should().MatchRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$");
        string[] allowed = _types[family] == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : [family];
        allowed.Should().Contain(name, "samples stand below their TYPE");
        if (line[position] == '{')
        {
            position = SkipLabels(line, position + 1);
        }

        line[position].Should().Be(' ');
        var number = line[(position + 1)..];
        var value = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        _samples.TryAdd(line[..position], value).Should().BeTrue($"{line[..position]} stands there once");
    }

    private static int SkipLabels(string line, int position)
    {
        var names = new HashSet<string>();
        while (true)
        {
            var equals = line.IndexOf('=', position);
            line[position..equals].Should().MatchRegex("^[a-zA-Z_][a-zA-Z0-9_]*$");
            names.Add(line[position..equals]).Should().BeTrue("a label stands there once");
            line[equals + 1].Should().Be('"');
            position = equals + 2;
            while (line[position] != '"')
            {
                if (line[position] == '\\')
                {
                    position++;
                    line[position].Should().BeOneOf('\\', '"', 'n');
                }

                position++;
            }

            position++;
            if (line[position] == '}')
            {
                return position + 1;
            }

            line[position].Should().Be(',');
            position++;
        }
    }

    private void CheckHistograms()
    {
        foreach (var name in _types.Where(static type => type.Value == "histogram").Select(static type => type.Key))
        {
            var last = 0d;
            foreach (var (sample, value) in _samples.Where(sample => sample.Key.StartsWith(name + "_bucket", StringComparison.Ordinal)))
            {
                value.Should().BeGreaterThanOrEqualTo(last, "buckets are cumulative");
                last = value;
                if (sample.Contains("le=\"+Inf\"", StringComparison.Ordinal))
                {
                    var count = sample.Replace("_bucket{", "_count{", StringComparison.Ordinal)
                        .Replace(",le=\"+Inf\"", "", StringComparison.Ordinal).Replace("{le=\"+Inf\"}", "", StringComparison.Ordinal);
                    this[count].Should().Be(value);
                    last = 0;
                }
            }

            last.Should().Be(0, "every histogram ends with +Inf");
        }
    }
}
