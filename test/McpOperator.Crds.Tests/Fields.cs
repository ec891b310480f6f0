using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.CrdGen;
using McpOperator.Objects;

namespace McpOperator.Crds.Tests;

/// <summary>A field of a kind's schema, with <c>[]</c> for each element of a list and <c>*</c> for each key of a map.</summary>
internal sealed record Field(string Kind, string Path, JsonObject Schema)
{
    public override string ToString() => $"{Kind} {Path}";
}

/// <summary>Walks over the generated schemas.</summary>
internal static class Fields
{
    private static readonly CustomResourceDefinitions Definitions = new(new DocComments(typeof(ApiGroup).Assembly, typeof(KubernetesEntity).Assembly));

    public static JsonObject Schema(Type kind) => Definitions.Schema(kind);

    /// <summary>Every field of every kind below spec and status, the two themselves included.</summary>
    public static IReadOnlyList<Field> All { get; } =
    [
        .. CustomResourceDefinitions.Kinds.SelectMany(kind => ((string[])["spec", "status"])
            .SelectMany(part => Walk(kind.Name, part, Schema(kind)["properties"]![part]!.AsObject()))),
    ];

    /// <summary>A path with indexes and keys made general, as the fields have it: <c>spec.env[1].name</c> is <c>spec.env[].name</c>.</summary>
    public static string General(string kind, string path)
    {
        var general = System.Text.RegularExpressions.Regex.Replace(path, @"\[\d+\]", "[]");
        var map = All.Where(f => f.Kind == kind && f.Schema["additionalProperties"] is not null).FirstOrDefault(f => general.StartsWith(f.Path + ".", StringComparison.Ordinal));
        if (map is null)
        {
            return general;
        }

        var rest = general[(map.Path.Length + 1)..].Split('.', 2);
        return string.Join('.', [map.Path, "*", .. rest.Skip(1)]);
    }

    private static IEnumerable<Field> Walk(string kind, string path, JsonObject schema)
    {
        yield return new Field(kind, path, schema);
        var children = (schema["properties"]?.AsObject() ?? []).Select(p => (Path: $"{path}.{p.Key}", p.Value))
            .Concat(schema["items"] is { } items ? [(path + "[]", items)] : [])
            .Concat(schema["additionalProperties"] is { } values ? [(path + ".*", values)] : []);
        foreach (var field in children.SelectMany(c => Walk(kind, c.Path, c.Value!.AsObject())))
        {
            yield return field;
        }
    }
}
