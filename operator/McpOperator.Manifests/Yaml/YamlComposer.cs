using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace McpOperator.Manifests.Yaml;

/// <summary>Text → nodes with their places. Collects what is wrong and goes on, except where the text is no YAML at all.</summary>
internal sealed class YamlComposer
{
    /// <summary>Levels; Kubernetes' own schemas stay below 60, and each level costs us a call.</summary>
    private const int MaxDepth = 100;

    /// <summary>Values that aliases may add to a file: enough for people, too few for ten aliases of ten aliases of ten …</summary>
    private const long MaxAliased = 100_000;

    private readonly string _file;
    private readonly List<ManifestError> _errors;
    private readonly CarefulParser _parser;
    private readonly Dictionary<string, Node> _anchors = new(StringComparer.Ordinal);
    private long _aliased;

    private YamlComposer(string file, string text, List<ManifestError> errors)
    {
        _file = file;
        _errors = errors;
        _parser = new CarefulParser(new Parser(new StringReader(text)));
    }

    /// <summary>The documents of a text, without the empty ones.</summary>
    public static List<Node> Compose(string file, string text, List<ManifestError> errors)
    {
        var documents = new List<Node>();
        try
        {
            new YamlComposer(file, text, errors).ComposeInto(documents);
        }
        catch (YamlException exception)
        {
            errors.Add(new ManifestError(file, (int)exception.Start.Line, (int)exception.Start.Column, "", exception.Message));
        }

        return documents;
    }

    private void ComposeInto(List<Node> documents)
    {
        _parser.Consume<StreamStart>();
        while (!_parser.Accept<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            _anchors.Clear();
            var node = ComposeNode(depth: 1);
            if (node is not ScalarNode { Value: null })
            {
                documents.Add(node);
            }

            _parser.Consume<DocumentEnd>();
        }
    }

    private Node ComposeNode(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Fatal(_parser.Current!, $"more than {MaxDepth} levels deep");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Follow(alias, depth);
        }

        var start = _parser.Consume<NodeEvent>();
        var place = ((int)start.Start.Line, (int)start.Start.Column);
        Node node = start switch
        {
            SequenceStart => ComposeSequence(place, depth),
            MappingStart => ComposeMapping(place, depth),
            _ => ComposeScalar((Scalar)start),
        };
        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor.Value] = node;
        }

        return node;
    }

    private Node Follow(AnchorAlias alias, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var target))
        {
            throw Fatal(alias, $"unknown anchor *{alias.Value.Value}; write &{alias.Value.Value} at the value that it should repeat, before this line");
        }

        _aliased += target.Size;
        if (_aliased > MaxAliased || depth + target.Depth > MaxDepth)
        {
            throw Fatal(alias, "the aliases of this file add up to too many values; write them out or use fewer");
        }

        return target;
    }

    private SequenceNode ComposeSequence((int Line, int Column) place, int depth)
    {
        var items = new List<Node>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ComposeNode(depth + 1));
        }

        return new SequenceNode(place.Line, place.Column, items);
    }

    private MappingNode ComposeMapping((int Line, int Column) place, int depth)
    {
        var entries = new List<MappingEntry>();
        var keys = new Dictionary<string, MappingEntry>(StringComparer.Ordinal);
        var merged = new List<MappingEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var merges = _parser.Accept<Scalar>(out var next) && next is { Value: "<<", Style: ScalarStyle.Plain };
            var keyNode = ComposeNode(depth + 1);
            if (keyNode is not ScalarNode key)
            {
                throw Fatal(_parser.Current!, "a key must be text");
            }

            var value = ComposeNode(depth + 1);
            if (merges)
            {
                Merge(value, merged);
                continue;
            }

            // As sigs.k8s.io/yaml: a key that is a number or a boolean becomes its text in JSON.
            var name = key.Value is null ? "null" : key.Value.GetValueKind() == JsonValueKind.String ? key.Text : key.Value.ToJsonString();
            var entry = new MappingEntry(name, key.Line, key.Column, value);
            if (keys.TryAdd(name, entry))
            {
                entries.Add(entry);
            }
            else
            {
                Error(key.Line, key.Column, $"\"{name}\" stands here twice, first in line {keys[name].Line}; remove one");
            }
        }

        // What the mapping says itself wins over what it merges, an earlier merge over a later one.
        entries.AddRange(merged.Where(entry => keys.TryAdd(entry.Key, entry)));
        return new MappingNode(place.Line, place.Column, entries);
    }

    private void Merge(Node value, List<MappingEntry> merged)
    {
        switch (value)
        {
            case MappingNode mapping:
                merged.AddRange(mapping.Entries);
                break;
            case SequenceNode list when list.Items.All(static item => item is MappingNode):
                merged.AddRange(list.Items.SelectMany(static item => ((MappingNode)item).Entries));
                break;
            default:
                Error(value.Line, value.Column, $"<< merges mappings, but this is {value.Description}");
                break;
        }
    }

    private ScalarNode ComposeScalar(Scalar scalar)
    {
        var (line, column) = ((int)scalar.Start.Line, (int)scalar.Start.Column);
        var tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        var quoted = scalar.Style != ScalarStyle.Plain;
        switch (tag)
        {
            case "!" or "tag:yaml.org,2002:str" or "tag:yaml.org,2002:timestamp":
            case "" when quoted:
                return new ScalarNode(line, column, scalar.Value, JsonValue.Create(scalar.Value));
            case "tag:yaml.org,2002:binary":
                return new ScalarNode(line, column, scalar.Value, JsonValue.Create(Binary(scalar)));
            case "" or "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null":
                if (Scalars.IsNotFinite(scalar.Value))
                {
                    Error(line, column, $"{scalar.Value} is a number that JSON does not have; quote it if it is text");
                }

                return new ScalarNode(line, column, scalar.Value, Scalars.Resolve(scalar.Value));
            default:
                Error(line, column, $"Kubernetes does not know the tag {tag}; remove it");
                return new ScalarNode(line, column, scalar.Value, JsonValue.Create(scalar.Value));
        }
    }

    private string Binary(Scalar scalar)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Value));
        }
        catch (FormatException)
        {
            Error((int)scalar.Start.Line, (int)scalar.Start.Column, "!!binary must be followed by base64");
            return "";
        }
    }

    private void Error(int line, int column, string message) => _errors.Add(new ManifestError(_file, line, column, "", message));

    private static YamlException Fatal(ParsingEvent at, string message) => new(at.Start, at.End, message);
}
