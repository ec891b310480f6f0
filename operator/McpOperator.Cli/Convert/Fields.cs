using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Manifests;

namespace McpOperator.Cli.Convert;

/// <summary>The fields of a foreign object. Each is taken once; one that nobody took is unknown, and an error.</summary>
internal sealed class Fields
{
    private readonly Manifest _manifest;
    private readonly List<ManifestError> _errors;
    private readonly string _path;
    private readonly Dictionary<string, JsonNode?> _left;

    public Fields(Manifest manifest, JsonObject json, string path, Converted into, List<ManifestError> errors)
    {
        (_manifest, _path, Into, _errors) = (manifest, path, into, errors);
        _left = json.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>What the object becomes.</summary>
    public Converted Into { get; }

    public bool Has(string name) => _left.TryGetValue(name, out var value) && value is not null;

    public string? Text(string name) => Take(name) switch
    {
        null => null,
        JsonValue v when v.GetValueKind() == JsonValueKind.String => v.GetValue<string>(),
        var other => Wrong<string>(name, "text", other),
    };

    public long? Number(string name) => Take(name) switch
    {
        null => null,
        JsonValue v when v.TryGetValue<long>(out var number) => number,
        var other => Wrong<long?>(name, "a whole number", other),
    };

    public bool? Flag(string name) => Take(name) switch
    {
        null => null,
        JsonValue v when v.GetValueKind() is JsonValueKind.True or JsonValueKind.False => v.GetValue<bool>(),
        var other => Wrong<bool?>(name, "true or false", other),
    };

    /// <summary>A text that is one of a few, each with what it is here.</summary>
    public string? Choice(string name, params ReadOnlySpan<(string There, string Here)> choices)
    {
        if (Text(name) is not { Length: > 0 } text)
        {
            return null;
        }

        foreach (var (there, here) in choices)
        {
            if (there == text)
            {
                return here;
            }
        }

        Problem(name, $"'{text}' is none of its values");
        return null;
    }

    /// <summary>A mapping whose fields are taken one by one; <see cref="Done"/> has to be called on it.</summary>
    public Fields? Group(string name) => Take(name) switch
    {
        null => null,
        JsonObject o => new Fields(_manifest, o, PathOf(name), Into, _errors),
        var other => Wrong<Fields>(name, "a mapping", other),
    };

    /// <summary>A list of mappings.</summary>
    public IReadOnlyList<Fields> Groups(string name) => Take(name) switch
    {
        null => [],
        JsonArray list when list.All(i => i is JsonObject) => [.. list.Select((item, i) => new Fields(_manifest, item!.AsObject(), $"{PathOf(name)}[{i}]", Into, _errors))],
        var other => Wrong<IReadOnlyList<Fields>>(name, "a list of mappings", other) ?? [],
    };

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string>? Texts(string name) => Take(name) switch
    {
        null => null,
        JsonArray list when list.All(i => i is JsonValue v && v.GetValueKind() == JsonValueKind.String) => [.. list.Select(i => i!.GetValue<string>())],
        var other => Wrong<IReadOnlyList<string>>(name, "a list of texts", other),
    };

    /// <summary>A value that is the same here.</summary>
    public JsonNode? Same(string name) => Take(name)?.DeepClone();

    /// <summary>A field that cannot be said here: it becomes a comment.</summary>
    public void NoCounterpart(string name, string why)
    {
        if (Take(name) is { } value)
        {
            Into.Note(PathOf(name), $"{Short(value)} has no counterpart. {why}");
        }
    }

    /// <summary>Notes something about a field that has been taken.</summary>
    public void Note(string name, string what) => Into.Note(PathOf(name), what);

    /// <summary>Something that a person has to decide first.</summary>
    public void Problem(string name, string what) => _errors.Add(_manifest.ErrorAt(PathOf(name), what));

    /// <summary>Makes errors of the fields that nobody took.</summary>
    public void Done()
    {
        foreach (var name in _left.Keys)
        {
            Problem(name, "unknown field; it is none that this kind ever had as far as we know, so what it means would be lost. Remove it if it means nothing.");
        }
    }

    private JsonNode? Take(string name) => _left.Remove(name, out var value) ? value : null;

    private T? Wrong<T>(string name, string wanted, JsonNode found)
    {
        Problem(name, $"must be {wanted}, and is {Short(found)}");
        return default;
    }

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private static string Short(JsonNode value)
    {
        var text = value is JsonValue ? value.ToString() : value.ToJsonString();
        text = text.ReplaceLineEndings(" ");
        return text.Length > 60 ? text[..60] + "…" : text;
    }
}
