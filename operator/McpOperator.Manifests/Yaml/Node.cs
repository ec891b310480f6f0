using System.Globalization;
using System.Text.Json.Nodes;

namespace McpOperator.Manifests.Yaml;

/// <summary>A value of a file and its place in it. An alias is the same node again, under its own place of use.</summary>
internal abstract class Node(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>How many values this is with all aliases written out.</summary>
    public long Size { get; protected init; } = 1;

    /// <summary>How many levels this is with all aliases written out.</summary>
    public int Depth { get; protected init; } = 1;

    /// <summary>The value as people call it.</summary>
    public abstract string Description { get; }

    public abstract JsonNode? ToJson();

    /// <summary>The place of a field; of the nearest one around it if there is none.</summary>
    public (int Line, int Column) Locate(string path)
    {
        var (node, place) = (this, (Line, Column));
        foreach (var part in FieldPath.Split(path))
        {
            switch (node)
            {
                case MappingNode mapping when mapping.Find(part) is { } entry:
                    (node, place) = (entry.Value, (entry.Line, entry.Column));
                    continue;
                case SequenceNode list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Items.Count:
                    (node, place) = (list.Items[index], (list.Items[index].Line, list.Items[index].Column));
                    continue;
                default:
                    return place;
            }
        }

        return place;
    }
}

/// <summary>A single value; <paramref name="value"/> is what Kubernetes reads it as.</summary>
internal sealed class ScalarNode(int line, int column, string text, JsonValue? value) : Node(line, column)
{
    /// <summary>The value as written, without quotes.</summary>
    public string Text { get; } = text;

    public JsonValue? Value { get; } = value;

    public override string Description => Value?.GetValueKind() switch
    {
        null => "empty",
        System.Text.Json.JsonValueKind.String => $"the text \"{(Text.Length > 60 ? Text[..60] + "…" : Text)}\"",
        System.Text.Json.JsonValueKind.Number => $"the number {Text}",
        _ => Text is "true" or "false" ? Text : $"{Text} (read as {Value.ToJsonString()})",
    };

    public override JsonNode? ToJson() => Value?.DeepClone();
}

/// <summary>A list.</summary>
internal sealed class SequenceNode : Node
{
    public SequenceNode(int line, int column, IReadOnlyList<Node> items) : base(line, column)
    {
        Items = items;
        Size = 1 + items.Sum(static item => item.Size);
        Depth = 1 + items.Select(static item => item.Depth).DefaultIfEmpty().Max();
    }

    public IReadOnlyList<Node> Items { get; }

    public override string Description => "a list";

    public override JsonNode ToJson() => new JsonArray([.. Items.Select(static item => item.ToJson())]);
}

/// <summary>A mapping, in the order in which it was written.</summary>
internal sealed class MappingNode : Node
{
    private readonly Dictionary<string, MappingEntry> _byKey;

    public MappingNode(int line, int column, IReadOnlyList<MappingEntry> entries) : base(line, column)
    {
        Entries = entries;
        _byKey = entries.ToDictionary(static entry => entry.Key, StringComparer.Ordinal);
        Size = 1 + entries.Sum(static entry => entry.Value.Size);
        Depth = 1 + entries.Select(static entry => entry.Value.Depth).DefaultIfEmpty().Max();
    }

    public IReadOnlyList<MappingEntry> Entries { get; }

    public override string Description => "a mapping";

    public MappingEntry? Find(string key) => _byKey.GetValueOrDefault(key);

    public override JsonNode ToJson() =>
        new JsonObject(Entries.Select(static entry => KeyValuePair.Create(entry.Key, entry.Value.ToJson())));
}

/// <summary>A key with its place, and its value.</summary>
internal sealed record MappingEntry(string Key, int Line, int Column, Node Value);
