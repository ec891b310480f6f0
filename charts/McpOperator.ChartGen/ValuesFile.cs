using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.Configuration;
using McpOperator.CrdGen;
using McpOperator.Objects;

namespace McpOperator.ChartGen;

/// <summary>Writes the chart's values in three forms: commented YAML, JSON schema, table.</summary>
internal sealed class ValuesFile(DocComments docs)
{
    private const int Width = 130;

    /// <summary>What the chart sets itself.</summary>
    private static readonly PropertyInfo FilledIn = typeof(NetworkSettings).GetProperty(nameof(NetworkSettings.OperatorNamespace))!;

    private readonly JsonObject _schema = new SchemaBuilder(docs).Object(typeof(ChartValues), "");

    /// <summary><c>values.yaml</c>: every value with its default; without a default it stands in a comment.</summary>
    public string Yaml()
    {
        var text = new StringBuilder();
        Write(text, new ChartValues(), "");
        return text.ToString();
    }

    /// <summary><c>values.schema.json</c>, as helm enforces it: draft 7, and strict, so that a value with a slip in its name is an error.</summary>
    public string Schema()
    {
        var schema = Draft7(_schema.DeepClone().AsObject(), new ChartValues());
        schema.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        // Helm hands these to every chart that another chart depends on.
        schema["properties"]!.AsObject().Add("global", new JsonObject { ["type"] = "object" });
        return schema.ToJsonString(new JsonSerializerOptions(KubernetesJson.Options) { WriteIndented = true, NewLine = "\n" }) + "\n";
    }

    /// <summary>The table of all values for the chart's README.</summary>
    public string Table()
    {
        var text = new StringBuilder("| value | default | |\n|---|---|---|\n");
        Rows(text, new ChartValues(), "");
        return text.ToString();
    }

    private void Write(StringBuilder text, object values, string indent)
    {
        foreach (var (property, name, value) in Fields(values))
        {
            if (indent.Length == 0)
            {
                text.Append('\n');
            }

            foreach (var line in Wrapped(docs.Of(property), Width - indent.Length - 2))
            {
                text.Append(indent).Append("# ").Append(line).Append('\n');
            }

            if (value is null)
            {
                text.Append(indent).Append("# ").Append(name).Append(":\n");
            }
            else if (IsGroup(property, value))
            {
                text.Append(indent).Append(name).Append(":\n");
                Write(text, value, indent + "  ");
            }
            else
            {
                foreach (var line in YamlText.Write(new JsonObject { [name] = KubernetesJson.SerializeToNode(value) }).TrimEnd('\n').Split('\n'))
                {
                    text.Append(indent).Append(line).Append('\n');
                }
            }
        }
    }

    private void Rows(StringBuilder text, object values, string prefix)
    {
        foreach (var (property, name, value) in Fields(values))
        {
            if (value is not null && IsGroup(property, value))
            {
                Rows(text, value, $"{prefix}{name}.");
                continue;
            }

            var shown = value is null ? "" : $"`{Cell(KubernetesJson.SerializeToNode(value).ToJsonString(KubernetesJson.Options).Trim('"'))}`";
            text.Append($"| `{prefix}{name}` | {(shown == "``" ? "" : shown)} | {Cell(docs.Of(property))} |\n");
        }
    }

    private static JsonObject Draft7(JsonObject schema, object? values)
    {
        foreach (var key in schema.Select(p => p.Key).Where(k => k.StartsWith("x-kubernetes-", StringComparison.Ordinal)).ToList())
        {
            schema.Remove(key);
        }

        if (schema["properties"] is JsonObject properties)
        {
            if (values is NetworkSettings)
            {
                properties.Remove(SchemaBuilder.JsonName(FilledIn));
            }

            foreach (var (name, property) in properties)
            {
                var inner = values is null ? null : SchemaBuilder.Properties(values.GetType()).Single(p => SchemaBuilder.JsonName(p) == name).GetValue(values);
                Draft7(property!.AsObject(), inner);
            }

            schema["additionalProperties"] = false;
        }

        foreach (var child in (string[])["items", "additionalProperties"])
        {
            if (schema[child] is JsonObject element)
            {
                Draft7(element, null);
            }
        }

        return schema;
    }

    private static IEnumerable<(PropertyInfo Property, string Name, object? Value)> Fields(object values) =>
        SchemaBuilder.Properties(values.GetType()).Where(p => p != FilledIn).Select(p => (p, SchemaBuilder.JsonName(p), p.GetValue(values)));

    /// <summary>Values that are read one by one; all others are written as a whole, in JSON's or Kubernetes' own shape.</summary>
    private static bool IsGroup(PropertyInfo property, object value) =>
        KubernetesJson.SerializeToNode(value) is JsonObject
        && !property.PropertyType.IsGenericType
        && !property.IsDefined(typeof(PreserveUnknownFieldsAttribute))
        && property.PropertyType.Assembly != typeof(KubernetesEntity).Assembly;

    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }

    private static string Cell(string text) => text.Replace("\n", " ", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}
