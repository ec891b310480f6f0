using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOperator.CrdGen;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Crds.Tests;

public sealed class BoundsTests
{
    private static readonly string[] Keywords = ["minimum", "maximum", "minLength", "maxLength", "pattern", "enum", "minItems", "maxItems", "minProperties", "maxProperties"];

    private static IReadOnlyList<Rejection> Cases { get; } = Rejections.All();

    [Test]
    public void Every_field_is_described() =>
        Fields.All.Where(f => !f.Path.EndsWith("[]", StringComparison.Ordinal) && !f.Path.EndsWith('*') && string.IsNullOrWhiteSpace((string?)f.Schema["description"]))
            .Should().BeEmpty("the description is what kubectl explain shows");

    [Test]
    public void Every_string_list_map_and_number_is_bounded()
    {
        var unbounded = Fields.All.Where(f => (string?)f.Schema["type"] switch
        {
            "string" => f.Schema["maxLength"] is null && f.Schema["enum"] is null && f.Schema["format"] is null,
            "array" => f.Schema["maxItems"] is null,
            "object" => f.Schema["additionalProperties"] is not null && f.Schema["maxProperties"] is null,
            // What only counts (generations, versions, tools) has a floor and no ceiling but its own width.
            "integer" => f.Schema["minimum"] is null || (f.Path.StartsWith("spec", StringComparison.Ordinal) && f.Schema["maximum"] is null),
            "boolean" => false,
            null => f.Schema["x-kubernetes-int-or-string"] is null,
            _ => true,
        });

        unbounded.Should().BeEmpty("what has no bound fills etcd, and makes a rule too expensive for the API server");
    }

    [Test]
    public void Every_bound_has_a_case_that_breaks_it()
    {
        var covered = Cases.Select(c => (c.Kind, Fields.General(c.Kind, c.At), c.Bound)).ToHashSet();

        Fields.All.SelectMany(Bounds).Where(b => !covered.Contains(b)).Should().BeEmpty();
    }

    [Test]
    public void Every_rule_has_a_case_that_breaks_it()
    {
        var rules = CustomResourceDefinitions.Kinds.SelectMany(kind => Regex.Matches(Fields.Schema(kind).ToJsonString(KubernetesJson.Options), "\"message\":\"(?<text>[^\"]+)\"")
            .Select(m => (Kind: kind.Name, Message: m.Groups["text"].Value))).ToList();

        rules.Should().NotBeEmpty();
        rules.Where(r => !Cases.Any(c => c.CelOnly && c.Kind == r.Kind && r.Message.StartsWith(c.Says!, StringComparison.Ordinal))).Should().BeEmpty();
    }

    [Test]
    public void No_case_is_left_over_from_a_bound_that_is_gone()
    {
        var bounds = Fields.All.SelectMany(Bounds).ToHashSet();

        Cases.Where(c => !c.CelOnly && !bounds.Contains((c.Kind, Fields.General(c.Kind, c.At), c.Bound))).Should().BeEmpty();
    }

    /// <summary>The API server has the last word; this tells without one that a case does what it says.</summary>
    [Test]
    public void Every_case_breaks_the_bound_that_it_names()
    {
        var schemas = Fields.All.ToDictionary(f => (f.Kind, f.Path), f => f.Schema);

        Cases.Where(c => !c.CelOnly && !Breaks(c, schemas)).Should().BeEmpty();
    }

    [TestCaseSource(typeof(Rejections), nameof(Rejections.Kinds))]
    public void The_valid_object_loads_strictly_and_sets_every_field(string kind)
    {
        var valid = Rejections.Valid(kind);
        var type = CustomResourceDefinitions.Kinds.Single(k => k.Name == kind);

        valid.Deserialize(type, KubernetesJson.StrictOptions).Should().NotBeNull();
        var set = Paths(kind, valid["spec"], "spec").Concat(Paths(kind, valid["status"], "status")).ToHashSet();
        Fields.All.Where(f => f.Kind == kind && !set.Contains(f.Path)).Should().BeEmpty();
    }

    internal static IEnumerable<string> Paths(string kind, JsonNode? node, string path)
    {
        var general = Fields.General(kind, path);
        var children = Fields.All.FirstOrDefault(f => f.Kind == kind && f.Path == general)?.Schema["x-kubernetes-preserve-unknown-fields"] is not null
            ? []
            : node switch
            {
                JsonObject map => map.SelectMany(p => Paths(kind, p.Value, $"{path}.{p.Key}")),
                JsonArray list => list.SelectMany((item, i) => Paths(kind, item, $"{path}[{i}]")),
                _ => [],
            };
        return children.Prepend(general);
    }

    private static IEnumerable<(string Kind, string Path, string Bound)> Bounds(Field field)
    {
        var own = Keywords.Where(k => field.Schema[k] is not null)
            .Append("type")
            .Concat((string?)field.Schema["format"] == "date-time" ? ["format"] : [])
            .Concat((string?)field.Schema["x-kubernetes-list-type"] is "map" or "set" ? ["unique"] : []);
        var required = field.Schema["required"]?.AsArray().Select(r => (field.Kind, $"{field.Path}.{r}", "required")) ?? [];
        return own.Select(k => (field.Kind, field.Path, k)).Concat(required).Concat(field.Path == "spec" ? [(field.Kind, "spec", "required")] : []);
    }

    private static bool Breaks(Rejection rejection, Dictionary<(string, string), JsonObject> schemas)
    {
        JsonNode? value = rejection.After;
        foreach (var step in Regex.Matches(rejection.At, @"[^.\[\]]+").Select(m => m.Value))
        {
            value = value is JsonArray list ? list[int.Parse(step)] : value![step];
        }

        if (rejection.Bound == "required")
        {
            return value is null;
        }

        var schema = schemas[(rejection.Kind, Fields.General(rejection.Kind, rejection.At))];
        var bound = schema[rejection.Bound];
        return rejection.Bound switch
        {
            "minimum" => (long)value! < (long)bound!,
            "maximum" => (long)value! > (long)bound!,
            "minLength" => ((string)value!).Length < (int)bound!,
            "maxLength" => ((string)value!).Length > (int)bound!,
            "pattern" => !Regex.IsMatch((string)value!, (string)bound!),
            "enum" => bound!.AsArray().All(b => (string)b! != (string)value!),
            "minItems" => value!.AsArray().Count < (int)bound!,
            "maxItems" => value!.AsArray().Count > (int)bound!,
            "maxProperties" => value!.AsObject().Count > (int)bound!,
            "format" => !DateTimeOffset.TryParse((string)value!, out _),
            "unique" => value!.AsArray().Select(i => i!.ToJsonString()).Distinct().Count() < value.AsArray().Count,
            "type" => !IsOf((string?)schema["type"], value!),
            _ => false,
        };
    }

    private static bool IsOf(string? type, JsonNode value) => type switch
    {
        "string" => value.GetValueKind() == JsonValueKind.String,
        "integer" or "number" => value.GetValueKind() == JsonValueKind.Number,
        "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "array" => value is JsonArray,
        "object" => value is JsonObject,
        _ => value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number,
    };
}
