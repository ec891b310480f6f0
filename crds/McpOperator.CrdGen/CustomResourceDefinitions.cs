using System.Reflection;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.CrdGen;

/// <summary>Turns kinds into CustomResourceDefinitions.</summary>
internal sealed class CustomResourceDefinitions(DocComments docs)
{
    private readonly SchemaBuilder _schemas = new(docs);

    /// <summary>Our kinds, by name.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
        [.. typeof(MCPServer).Assembly.GetTypes().Where(t => t.IsDefined(typeof(KubernetesEntityAttribute))).OrderBy(t => t.Name, StringComparer.Ordinal)];

    /// <summary>The file name that controller-gen would choose: group, underscore, plural.</summary>
    public static string FileName(Type kind) => $"{ApiGroup.Name}_{ResourceType.Of(kind).Plural}.yaml";

    /// <summary>The definition of a kind.</summary>
    public JsonObject Make(Type kind)
    {
        var resource = ResourceType.Of(kind);
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = resource.ToString() },
            ["spec"] = new JsonObject
            {
                ["group"] = resource.Group,
                ["names"] = Names(kind, resource),
                ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
                ["versions"] = new JsonArray(new JsonObject
                {
                    ["name"] = resource.Version,
                    ["served"] = true,
                    ["storage"] = true,
                    ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
                    ["additionalPrinterColumns"] = Columns(kind),
                    ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(kind) },
                }),
            },
        };
    }

    /// <summary>The schema of a kind, root and all.</summary>
    public JsonObject Schema(Type kind)
    {
        var schema = _schemas.Object(kind, docs.Of(kind));
        var properties = schema["properties"]!.AsObject();
        foreach (var (at, property) in typeof(IKubernetesObject).GetProperties().Index())
        {
            properties.Insert(at, SchemaBuilder.JsonName(property), new JsonObject { ["type"] = "string", ["description"] = docs.Of(property) });
        }

        // The API server describes metadata itself and refuses a schema that says more.
        properties.Insert(2, "metadata", new JsonObject { ["type"] = "object" });
        foreach (var name in (string[])["spec", "status"])
        {
            var type = kind.GetProperties().Single(p => SchemaBuilder.JsonName(p) == name).PropertyType;
            properties[name]!["description"] = docs.Of(type);
        }

        return schema;
    }

    private static JsonObject Names(Type kind, ResourceType resource)
    {
        var names = new JsonObject
        {
            ["kind"] = resource.Kind,
            ["listKind"] = resource.Kind + "List",
            ["plural"] = resource.Plural,
            ["singular"] = resource.Kind.ToLowerInvariant(),
        };
        if (kind.GetCustomAttribute<KubernetesEntityShortNamesAttribute>() is { } shortNames)
        {
            names["shortNames"] = new JsonArray([.. shortNames.ShortNames.Select(n => JsonValue.Create(n))]);
        }

        if (kind.GetCustomAttribute<CategoriesAttribute>() is { } categories)
        {
            names["categories"] = new JsonArray([.. categories.Categories.Select(n => JsonValue.Create(n))]);
        }

        return names;
    }

    private static JsonArray Columns(Type kind)
    {
        var columns = new JsonArray();
        foreach (var column in kind.GetCustomAttributes<GenericAdditionalPrinterColumnAttribute>())
        {
            var made = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
            if (column.Wide)
            {
                made["priority"] = 1;
            }

            columns.Add(made);
        }

        return columns;
    }
}
