using System.Globalization;
using System.Text;

namespace McpOperator.Metrics;

/// <summary>
/// Compares label sets in whatever order they were given, and finds a stored one by the span that a measurement brings,
/// so that a measurement of a known series allocates nothing.
/// </summary>
internal sealed class TagsComparer :
    IEqualityComparer<KeyValuePair<string, object?>[]>,
    IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static readonly TagsComparer Instance = new();

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => y is not null && Equals(x.AsSpan(), y);

    public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other) =>
        alternate.Length == other.Length && ContainsAll(alternate, other) && ContainsAll(other, alternate);

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var sum = 0;
        foreach (ref readonly var tag in alternate)
        {
            // A sum, because the order does not matter.
            sum = unchecked(sum + HashCode.Combine(tag.Key, tag.Value));
        }

        return sum;
    }

    private static bool ContainsAll(ReadOnlySpan<KeyValuePair<string, object?>> these, ReadOnlySpan<KeyValuePair<string, object?>> those)
    {
        for (var i = 0; i < these.Length; i++)
        {
            // Callers nearly always keep their order: look at the same place first.
            if (!Same(these[i], those[i]) && !Contains(those, these[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Contains(ReadOnlySpan<KeyValuePair<string, object?>> tags, in KeyValuePair<string, object?> wanted)
    {
        foreach (ref readonly var tag in tags)
        {
            if (Same(tag, wanted))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(in KeyValuePair<string, object?> a, in KeyValuePair<string, object?> b) =>
        string.Equals(a.Key, b.Key, StringComparison.Ordinal) && Equals(a.Value, b.Value);
}

/// <summary>Names and label sets as the text format wants them.</summary>
internal static class PrometheusNames
{
    /// <summary>A metric or label name: what the format does not allow becomes an underscore.</summary>
    public static string Sanitize(string name, bool colons)
    {
        var builder = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            builder.Append(char.IsAsciiLetterOrDigit(c) || c == '_' || (colons && c == ':') ? c : '_');
        }

        if (builder.Length == 0 || char.IsAsciiDigit(builder[0]))
        {
            builder.Insert(0, '_');
        }

        return builder.ToString();
    }

    /// <summary><c>a="1",b="2"</c>: sorted by name, so that one label set has one text.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool histogram)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ref readonly var tag in tags)
        {
            var name = Sanitize(tag.Key, colons: false);
            // `le` is the bucket's own label; Prometheus uses this prefix when it meets such a clash itself.
            labels[histogram && name == "le" ? "exported_le" : name] = Text(tag.Value);
        }

        var builder = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            builder.Append(builder.Length == 0 ? "" : ",").Append(name).Append("=\"");
            Escape(builder, value, quotes: true);
            builder.Append('"');
        }

        return builder.ToString();
    }

    /// <summary>Escapes a label's value, or with <paramref name="quotes"/> off a help text.</summary>
    public static void Escape(StringBuilder builder, string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => builder.Append(@"\\"),
                '\n' => builder.Append(@"\n"),
                '"' when quotes => builder.Append("\\\""),
                _ => builder.Append(c),
            };
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
