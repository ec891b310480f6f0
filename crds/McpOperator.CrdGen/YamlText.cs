using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOperator.CrdGen;

/// <summary>
/// Writes a JSON tree as YAML in block style, keys in the order in which they are given. Small and without options, so that generated
/// files change only when what they say changes.
/// </summary>
internal static class YamlText
{
    private const int Step = 2;

    /// <summary>The tree as YAML.</summary>
    public static string Write(JsonNode node)
    {
        var text = new StringBuilder();
        WriteBlock(text, node, indent: 0);
        return text.ToString();
    }

    private static void WriteBlock(StringBuilder text, JsonNode node, int indent)
    {
        if (node is JsonObject map)
        {
            foreach (var (key, value) in map)
            {
                text.Append(' ', indent).Append(Scalar(key)).Append(':');
                WriteValue(text, value, indent);
            }

            return;
        }

        foreach (var item in node.AsArray())
        {
            text.Append(' ', indent).Append('-');
            if (item is JsonObject { Count: > 0 })
            {
                // The first key stands behind the dash.
                var block = new StringBuilder();
                WriteBlock(block, item, indent + Step);
                text.Append(block.ToString().AsSpan(indent + 1));
            }
            else
            {
                WriteValue(text, item, indent);
            }
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: 0 }:
                text.Append(" {}\n");
                break;
            case JsonArray { Count: 0 }:
                text.Append(" []\n");
                break;
            case JsonObject:
                text.Append('\n');
                WriteBlock(text, value, indent + Step);
                break;
            case JsonArray:
                text.Append('\n');
                WriteBlock(text, value, indent);
                break;
            case JsonValue v when v.GetValueKind() == JsonValueKind.String && v.GetValue<string>().Contains('\n', StringComparison.Ordinal):
                text.Append(" |-\n");
                foreach (var line in v.GetValue<string>().Split('\n'))
                {
                    text.Append(' ', indent + Step).Append(line).Append('\n');
                }

                break;
            default:
                text.Append(' ').Append(value is JsonValue s && s.GetValueKind() == JsonValueKind.String ? Scalar(s.GetValue<string>()) : value?.ToJsonString() ?? "null").Append('\n');
                break;
        }
    }

    /// <summary>Plain where no reader of YAML 1.1 or 1.2 could take it for anything but this string, else in single quotes.</summary>
    private static string Scalar(string value) => IsPlain(value) ? value : "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static bool IsPlain(string value) =>
        value.Length > 0
        && (char.IsAsciiLetter(value[0]) || value[0] is '/' or '.' or '$' or '^' || value[0] > 127)
        && value[^1] is not (' ' or ':')
        && !value.Contains(": ", StringComparison.Ordinal)
        && !value.Contains(" #", StringComparison.Ordinal)
        && !IsWord(value)
        && !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool IsWord(string value) =>
        value.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or "null" or ".inf" or ".nan";
}
