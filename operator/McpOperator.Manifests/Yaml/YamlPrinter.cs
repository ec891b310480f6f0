using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOperator.Manifests.Yaml;

/// <summary>JSON → YAML in kubectl's layout: block style, two spaces, lists not indented under their key.</summary>
internal sealed class YamlPrinter
{
    // YAML allows 1024 characters for a key before its colon, quotes and escapes included.
    private const int MaxKey = 1000;

    private readonly StringBuilder _out = new();

    public static string Print(JsonNode? node)
    {
        var printer = new YamlPrinter();
        printer.Value(node, indent: 0, Context.Document);
        return printer._out.ToString();
    }

    private enum Context
    {
        /// <summary>At the start of a line.</summary>
        Document,

        /// <summary>After <c>key:</c>.</summary>
        Key,

        /// <summary>After <c>- </c>.</summary>
        Item,
    }

    private void Value(JsonNode? node, int indent, Context context)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } mapping:
                Mapping(mapping, indent, context);
                break;
            case JsonArray { Count: > 0 } list:
                List(list, indent, context);
                break;
            default:
                _out.Append(context == Context.Key ? " " : "");
                Scalar(node, indent);
                break;
        }
    }

    private void Mapping(JsonObject mapping, int indent, Context context)
    {
        var startsLine = context != Context.Item;
        _out.Append(context == Context.Key ? "\n" : "");
        foreach (var (key, value) in mapping)
        {
            _out.Append(' ', startsLine ? indent : 0);
            startsLine = true;
            Key(key, indent);
            // kubectl puts the dashes of a list below the first letter of its key.
            Value(value, value is JsonArray ? indent : indent + 2, Context.Key);
        }
    }

    private void Key(string key, int indent)
    {
        var text = IsPlain(key) ? key : Quoted(key);
        if (text.Length > MaxKey)
        {
            _out.Append("? ").Append(text).Append('\n').Append(' ', indent);
        }
        else
        {
            _out.Append(text);
        }

        _out.Append(':');
    }

    private void List(JsonArray list, int indent, Context context)
    {
        var startsLine = context != Context.Item;
        _out.Append(context == Context.Key ? "\n" : "");
        foreach (var item in list)
        {
            _out.Append(' ', startsLine ? indent : 0).Append("- ");
            startsLine = true;
            Value(item, indent + 2, Context.Item);
        }
    }

    private void Scalar(JsonNode? node, int indent)
    {
        if (node?.GetValueKind() != JsonValueKind.String)
        {
            _out.Append(node?.ToJsonString() ?? "null").Append('\n');
            return;
        }

        var text = node.GetValue<string>();
        if (IsPlain(text))
        {
            _out.Append(text).Append('\n');
        }
        else if (IsLiteral(text))
        {
            Literal(text, Math.Max(indent, 2));
        }
        else
        {
            _out.Append(Quoted(text)).Append('\n');
        }
    }

    private void Literal(string text, int indent)
    {
        var body = text.TrimEnd('\n');
        _out.Append('|').Append((text.Length - body.Length) switch { 0 => "-", 1 => "", _ => "+" }).Append('\n');
        foreach (var line in body.Split('\n'))
        {
            _out.Append(' ', line.Length == 0 ? 0 : indent).Append(line).Append('\n');
        }

        _out.Append('\n', Math.Max(0, text.Length - body.Length - 1));
    }

    /// <summary>A block whose first line shows the indentation, and whose lines show where they end.</summary>
    private static bool IsLiteral(string text) =>
        text.AsSpan().TrimEnd('\n').Contains('\n')
        && !char.IsWhiteSpace(text[0])
        && !text.EndsWith(' ') && !text.EndsWith('\t')
        && !text.TrimEnd('\n').EndsWith(' ')
        && IsPrintable(text, linesAndTabs: true);

    private static bool IsPlain(string text)
    {
        if (Scalars.IsAmbiguous(text) || !IsPrintable(text, linesAndTabs: false) || text[0] == ' ' || text[^1] is ' ' or ':'
            || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)
            || text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("...", StringComparison.Ordinal))
        {
            return false;
        }

        // A dash before a letter is no list item: command lines read better without quotes.
        return text[0] == '-' ? text.Length > 1 && text[1] != ' ' : !"?:,[]{}#&*!|>'\"%@`".Contains(text[0], StringComparison.Ordinal);
    }

    private static string Quoted(string text) =>
        IsPrintable(text, linesAndTabs: false) && !Scalars.IsAmbiguous(text)
            ? "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'"
            : DoubleQuoted(text);

    private static string DoubleQuoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
                > 0xffff => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(string text, bool linesAndTabs)
    {
        var position = 0;
        while (position < text.Length)
        {
            // A lone half of a surrogate pair is no character; quoting replaces it.
            if (!Rune.TryGetRuneAt(text, position, out var rune) || (!IsPrintable(rune) && !(linesAndTabs && rune.Value is '\n' or '\t')))
            {
                return false;
            }

            position += rune.Utf16SequenceLength;
        }

        return true;
    }

    /// <summary>What YAML lets stand unescaped, without the line breaks that only YAML 1.1 takes for such.</summary>
    private static bool IsPrintable(Rune rune) =>
        rune.Value is (>= 0x20 and < 0x7f) or (>= 0xa0 and < 0x2028) or (> 0x2029 and < 0xfeff) or (> 0xfeff and < 0xfffe) or > 0xffff;
}
