using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace McpOperator.TestKit;

/// <summary>YAML documents as JSON trees, by YAML 1.2's core schema: quoted scalars are strings, plain ones may be more.</summary>
public static class YamlJson
{
    public static IReadOnlyList<JsonNode?> ReadAll(string path)
    {
        using var reader = File.OpenText(path);
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(d => Convert(d.RootNode))];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => quoted.Value,
        YamlScalarNode plain => plain.Value switch
        {
            null or "" or "~" or "null" => null,
            "true" => true,
            "false" => false,
            var v when long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => integer,
            var v when double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && char.IsAsciiDigit(v[^1]) => number,
            var v => v,
        },
        _ => throw new InvalidDataException($"{node.NodeType} is not expected in a manifest."),
    };
}
