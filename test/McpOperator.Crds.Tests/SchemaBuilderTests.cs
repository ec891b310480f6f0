using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOperator.CrdGen;
using McpOperator.Objects;

namespace McpOperator.Crds.Tests;

/// <summary>Shapes, one property each; the matrix below says what becomes of them.</summary>
public sealed record Shapes
{
    /// <summary>D.</summary>
    public string? Text { get; init; }

    /// <summary>D.</summary>
    [Length(1, 5), Pattern("^a")]
    public string? BoundText { get; init; }

    /// <summary>D.</summary>
    public string EmptyDefault { get; init; } = "";

    /// <summary>D.</summary>
    public string TextDefault { get; init; } = "x";

    /// <summary>D.</summary>
    [RangeMinimum(1), RangeMaximum(9)]
    public int Number { get; init; } = 3;

    /// <summary>D.</summary>
    public long? BigNumber { get; init; }

    /// <summary>D.</summary>
    [RangeMinimum(0.5)]
    public double? Fraction { get; init; }

    /// <summary>D.</summary>
    public bool Flag { get; init; }

    /// <summary>D.</summary>
    public bool? MaybeFlag { get; init; }

    /// <summary>D.</summary>
    public DateTime? Time { get; init; }

    /// <summary>D.</summary>
    public Quantity? Amount { get; init; }

    /// <summary>D.</summary>
    public IntOrString? Port { get; init; }

    /// <summary>D.</summary>
    public Colour Colour { get; init; } = Colour.DarkBlue;

    /// <summary>D.</summary>
    public Colour? MaybeColour { get; init; }

    /// <summary>D.</summary>
    [Items(1, 2), Length(1, 3), ListSet]
    public IReadOnlyList<string>? Set { get; init; }

    /// <summary>D.</summary>
    public IReadOnlyList<int> EmptyList { get; init; } = [];

    /// <summary>D.</summary>
    [ListMap("name")]
    public IReadOnlyList<Named>? Map { get; init; }

    /// <summary>D.</summary>
    [Items(0, 4)]
    public IReadOnlyDictionary<string, Quantity>? Amounts { get; init; }

    /// <summary>D.</summary>
    [PreserveUnknownFields]
    public JsonObject? Anything { get; init; }

    /// <summary>D.</summary>
    [JsonPropertyName("other")]
    public string? Renamed { get; init; }

    /// <summary>D.</summary>
    [ValidationRule("self.name != ''", "m")]
    public Named? Nested { get; init; }

    [JsonIgnore]
    public string? Ignored { get; init; }
}

/// <summary>N.</summary>
[ValidationRule("size(self.name) > 1", "n")]
public sealed record Named
{
    /// <summary>Says <c>x</c>, like <see cref="Shapes.BoundText"/>.</summary>
    public required string Name { get; init; }

    /// <summary>D.</summary>
    public int Weight { get; init; } = 7;
}

/// <summary>C.</summary>
public enum Colour
{
    /// <summary>Like blood.</summary>
    Red,

    /// <summary>Like the sea.</summary>
    [JsonStringEnumMemberName("dark-blue")]
    DarkBlue,
}

public sealed record Undocumented
{
    public string? Text { get; init; }
}

public sealed record KeyMayBeAbsent
{
    /// <summary>D.</summary>
    [ListMap("text")]
    public IReadOnlyList<Undocumented2>? List { get; init; }
}

public sealed record Undocumented2
{
    /// <summary>D.</summary>
    public string? Text { get; init; }
}

public sealed record Transition
{
    /// <summary>D.</summary>
    public IReadOnlyList<Unchanging>? Atomic { get; init; }
}

public sealed record TransitionInMap
{
    /// <summary>D.</summary>
    [ListMap("name")]
    public IReadOnlyList<Unchanging>? Map { get; init; }
}

[ValidationRule("self.name == oldSelf.name", "m")]
public sealed record Unchanging
{
    /// <summary>D.</summary>
    public required string Name { get; init; }
}

public sealed class SchemaBuilderTests
{
    private const string Named = """
        {"type":"object","description":"DESC","required":["name"],"properties":{"name":{"type":"string","description":"Says `x`, like `boundText`."},
        "weight":{"type":"integer","description":"D.","format":"int32","default":7}},"x-kubernetes-validations":[{"rule":"size(self.name) > 1","message":"n"}MORE]}
        """;

    private static readonly SchemaBuilder Schemas = new(new DocComments(typeof(Shapes).Assembly, typeof(Quantity).Assembly));

    private static IEnumerable<TestCaseData> Matrix()
    {
        const string colours = @"D.\n- `Red`: Like blood.\n- `dark-blue`: Like the sea.";
        var quantity = JsonValue.Create(SchemaBuilder.QuantityPattern).ToJsonString();
        yield return Row("text", """{"type":"string","description":"D."}""");
        yield return Row("boundText", """{"type":"string","description":"D.","minLength":1,"maxLength":5,"pattern":"^a"}""");
        yield return Row("emptyDefault", """{"type":"string","description":"D."}""");
        yield return Row("textDefault", """{"type":"string","description":"D.","default":"x"}""");
        yield return Row("number", """{"type":"integer","description":"D.","format":"int32","minimum":1,"maximum":9,"default":3}""");
        yield return Row("bigNumber", """{"type":"integer","description":"D.","format":"int64"}""");
        yield return Row("fraction", """{"type":"number","description":"D.","format":"double","minimum":0.5}""");
        yield return Row("flag", """{"type":"boolean","description":"D.","default":false}""");
        yield return Row("maybeFlag", """{"type":"boolean","description":"D."}""");
        yield return Row("time", """{"type":"string","description":"D.","format":"date-time"}""");
        yield return Row("amount", $$"""{"description":"D.","anyOf":[{"type":"integer"},{"type":"string"}],"x-kubernetes-int-or-string":true,"pattern":{{quantity}} }""");
        yield return Row("port", """{"description":"D.","anyOf":[{"type":"integer"},{"type":"string"}],"x-kubernetes-int-or-string":true}""");
        yield return Row("colour", $$"""{"type":"string","description":"{{colours}}","enum":["Red","dark-blue"],"default":"dark-blue"}""");
        yield return Row("maybeColour", $$"""{"type":"string","description":"{{colours}}","enum":["Red","dark-blue"]}""");
        yield return Row("set", """{"type":"array","description":"D.","minItems":1,"maxItems":2,"x-kubernetes-list-type":"set","items":{"type":"string","minLength":1,"maxLength":3}}""");
        yield return Row("emptyList", """{"type":"array","description":"D.","x-kubernetes-list-type":"atomic","items":{"type":"integer","format":"int32"}}""");
        yield return Row("map", """{"type":"array","description":"D.","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":ITEMS}""".Replace("ITEMS", Object("N."), StringComparison.Ordinal));
        yield return Row("amounts", $$"""
            {"type":"object","description":"D.","maxProperties":4,
             "additionalProperties":{"anyOf":[{"type":"integer"},{"type":"string"}],"x-kubernetes-int-or-string":true,"pattern":{{quantity}} } }
            """);
        yield return Row("anything", """{"type":"object","description":"D.","x-kubernetes-preserve-unknown-fields":true}""");
        yield return Row("other", """{"type":"string","description":"D."}""");
        yield return Row("nested", Object("D.", """,{"rule":"self.name != ''","message":"m"}"""));
    }

    [TestCaseSource(nameof(Matrix))]
    public void A_property_becomes(string name, string expected)
    {
        var schema = Schemas.Object(typeof(Shapes), "")["properties"]![name]!;

        JsonNode.DeepEquals(schema, JsonNode.Parse(expected)).Should().BeTrue($"it is\n{schema.ToJsonString(KubernetesJson.Options)}\nand not\n{expected}");
    }

    [Test]
    public void The_matrix_has_every_shape_in_the_order_of_declaration() =>
        Schemas.Object(typeof(Shapes), "")["properties"]!.AsObject().Select(p => p.Key).Should().Equal(Matrix().Select(r => (string)r.Arguments[0]!));

    [Test]
    public void A_field_without_a_comment_is_an_error() =>
        FluentActions.Invoking(() => Schemas.Object(typeof(Undocumented), "")).Should().Throw<InvalidOperationException>().WithMessage("Undocumented.Text has no doc comment*");

    [Test]
    public void A_list_map_key_that_may_be_absent_is_an_error() =>
        FluentActions.Invoking(() => Schemas.Object(typeof(KeyMayBeAbsent), "")).Should().Throw<InvalidOperationException>().WithMessage("*neither required nor defaulted*");

    [Test]
    public void A_rule_about_the_old_value_is_an_error_where_the_api_server_cannot_find_it()
    {
        FluentActions.Invoking(() => Schemas.Object(typeof(Transition), "")).Should().Throw<InvalidOperationException>().WithMessage("*oldSelf*");
        FluentActions.Invoking(() => Schemas.Object(typeof(TransitionInMap), "")).Should().NotThrow();
    }

    [Test]
    public void Wide_columns_have_a_lower_priority_and_names_categories_and_the_status_subresource_are_there()
    {
        var crd = new CustomResourceDefinitions(new DocComments(typeof(Api.ApiGroup).Assembly, typeof(KubernetesEntity).Assembly)).Make(typeof(Api.V1Alpha1.MCPServer));

        var version = crd["spec"]!["versions"]![0]!;
        version["additionalPrinterColumns"]!.AsArray().Where(c => (int?)c!["priority"] == 1).Select(c => (string)c!["name"]!).Should().Equal("Version", "Image");
        version["subresources"]!["status"].Should().NotBeNull();
        crd["spec"]!["names"]!.ToJsonString(KubernetesJson.Options).Should().Be(
            """{"kind":"MCPServer","listKind":"MCPServerList","plural":"mcpservers","singular":"mcpserver","shortNames":["mcps"],"categories":["mcp"]}""");
        version["schema"]!["openAPIV3Schema"]!["x-kubernetes-validations"]![0]!["rule"]!.ToString().Should().Contain("metadata.name");
    }

    private static TestCaseData Row(string name, string expected) => new TestCaseData(name, expected).SetArgDisplayNames(name);

    private static string Object(string description, string moreRules = "") =>
        Named.Replace("DESC", description, StringComparison.Ordinal).Replace("MORE", moreRules, StringComparison.Ordinal);
}
