using System.Text.Json.Nodes;
using McpOperator.Manifests.Yaml;
using McpOperator.Objects;

namespace McpOperator.Manifests;

/// <summary>Reads what people write: YAML or JSON, several documents, lists; strictly, and with a place for every error.</summary>
public sealed class ManifestReader
{
    private readonly Dictionary<(string ApiVersion, string Kind), Type> _kinds;

    /// <summary>A reader of these kinds.</summary>
    /// <param name="kinds">Types with a <see cref="KubernetesEntityAttribute"/>.</param>
    public ManifestReader(params IEnumerable<Type> kinds)
    {
        _kinds = kinds.ToDictionary(static type => (ResourceType.Of(type).ApiVersion, ResourceType.Of(type).Kind));
    }

    /// <summary>Whether objects of other kinds are handed through, untyped, rather than refused.</summary>
    public bool AllowOtherKinds { get; init; }

    /// <summary>Reads the objects of one text.</summary>
    /// <exception cref="ManifestException">Anything is wrong with the text.</exception>
    public IReadOnlyList<Manifest> Read(string text, string fileName) => Read([new ManifestSource(fileName, text)]);

    /// <summary>Reads the objects of several texts, in their order.</summary>
    /// <exception cref="ManifestException">Anything is wrong with any of the texts.</exception>
    public IReadOnlyList<Manifest> Read(IEnumerable<ManifestSource> sources)
    {
        var errors = new List<ManifestError>();
        var manifests = new List<Manifest>();
        foreach (var source in sources)
        {
            var found = new List<ManifestError>();
            foreach (var document in YamlComposer.Compose(source.File, source.Text, found))
            {
                ReadObject(document, source.File, "", null, manifests, found);
            }

            errors.AddRange(found.OrderBy(static error => error.Line).ThenBy(static error => error.Column));
        }

        return errors.Count == 0 ? manifests : throw new ManifestException(errors);
    }

    private void ReadObject(
        Node node, string file, string prefix, (string ApiVersion, string Kind)? expected, List<Manifest> manifests, List<ManifestError> errors)
    {
        if (node is not MappingNode mapping)
        {
            errors.Add(new ManifestError(
                file, node.Line, node.Column, prefix, $"must be an object with apiVersion and kind, but is {node.Description}"));
            return;
        }

        var apiVersion = Text(mapping, "apiVersion", expected?.ApiVersion, file, prefix, errors);
        var kind = Text(mapping, "kind", expected?.Kind, file, prefix, errors);
        if (apiVersion is null || kind is null)
        {
            return;
        }

        if (_kinds.TryGetValue((apiVersion, kind), out var type))
        {
            var json = (JsonObject)mapping.ToJson();
            if (new TypedReader(file, errors).Read(mapping, type, prefix) is KubernetesEntity entity)
            {
                manifests.Add(new Manifest(file, prefix, mapping, entity, json));
            }
        }
        else if (kind.EndsWith("List", StringComparison.Ordinal) && mapping.Find("items") is { } items)
        {
            ReadItems(mapping, items, file, prefix, kind == "List" ? null : (apiVersion, kind[..^4]), manifests, errors);
        }
        else if (AllowOtherKinds)
        {
            manifests.Add(new Manifest(file, prefix, mapping, null, (JsonObject)mapping.ToJson()));
        }
        else
        {
            errors.Add(UnknownKind(mapping, apiVersion, kind, file, prefix));
        }
    }

    private void ReadItems(
        MappingNode list,
        MappingEntry items,
        string file,
        string prefix,
        (string ApiVersion, string Kind)? expected,
        List<Manifest> manifests,
        List<ManifestError> errors)
    {
        foreach (var entry in list.Entries.Where(static entry => entry.Key is not ("apiVersion" or "kind" or "metadata" or "items")))
        {
            errors.Add(new ManifestError(
                file, entry.Line, entry.Column, FieldPath.Field(prefix, entry.Key), "unknown field; a list has apiVersion, kind, metadata and items"));
        }

        var path = FieldPath.Field(prefix, "items");
        switch (items.Value)
        {
            case SequenceNode sequence:
                for (var i = 0; i < sequence.Items.Count; i++)
                {
                    ReadObject(sequence.Items[i], file, FieldPath.Item(path, i), expected, manifests, errors);
                }

                break;
            // Kubernetes writes an empty list as null now and then.
            case ScalarNode { Value: null }:
                break;
            default:
                errors.Add(new ManifestError(file, items.Line, items.Column, path, $"must be a list, but is {items.Value.Description}"));
                break;
        }
    }

    private static string? Text(
        MappingNode mapping, string field, string? expected, string file, string prefix, List<ManifestError> errors)
    {
        var entry = mapping.Find(field);
        if (entry?.Value is ScalarNode { Value: not null, Text.Length: > 0 } scalar)
        {
            return scalar.Text;
        }

        if (entry is null && expected is not null)
        {
            return expected;
        }

        var (line, column) = mapping.Locate(field);
        errors.Add(new ManifestError(file, line, column, FieldPath.Field(prefix, field), "is missing; every object says its apiVersion and kind"));
        return null;
    }

    private ManifestError UnknownKind(MappingNode mapping, string apiVersion, string kind, string file, string prefix)
    {
        var others = _kinds.Keys.Where(known => known.Kind == kind).Select(static known => known.ApiVersion).Order(StringComparer.Ordinal).ToList();
        var field = others.Count > 0 ? "apiVersion" : "kind";
        var (line, column) = mapping.Locate(field);
        var hint = others.Count > 0
            ? $"; {kind} is known in {string.Join(", ", others)}"
            : Nearest.Hint(kind, [.. _kinds.Keys.Select(static known => known.Kind).Distinct().Order(StringComparer.Ordinal)], "known are");
        return new ManifestError(file, line, column, FieldPath.Field(prefix, field), $"unknown kind {kind} of {apiVersion}{hint}");
    }
}
