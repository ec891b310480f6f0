using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOperator.Objects;

namespace McpOperator.CrdGen;

/// <summary>
/// Turns a type into a structural OpenAPI v3 schema: descriptions from doc comments, defaults from initialisers, <c>required</c> from
/// <c>required</c>, enums from enums, and all else from the attributes in <c>McpOperator.Objects/Schema</c>.
/// </summary>
internal sealed class SchemaBuilder(DocComments docs)
{
    /// <summary>The API server's own pattern for quantities, as every CRD in the wild carries it.</summary>
    public const string QuantityPattern =
        @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>The schema of an object: its properties in the order in which they are declared.</summary>
    /// <param name="type">The object's type.</param>
    /// <param name="description">What it is.</param>
    /// <param name="correlatable">Whether the API server can tell which old value this one replaces; otherwise rules may not speak of <c>oldSelf</c>.</param>
    /// <param name="defaults">Where defaults are read from; absent: what the type's own initialisers set.</param>
    public JsonObject Object(Type type, string description, bool correlatable = true, object? defaults = null)
    {
        defaults ??= Activator.CreateInstance(type)!;
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var property in Properties(type))
        {
            var name = JsonName(property);
            properties[name] = Property(property, correlatable, defaults);
            if (property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)))
            {
                required.Add(name);
            }
        }

        var schema = new JsonObject { ["type"] = "object", ["description"] = description };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        if (properties.Count > 0)
        {
            schema["properties"] = properties;
        }

        AddRules(schema, type, correlatable);
        return schema;
    }

    /// <summary>The schema of one property, with what its attributes say.</summary>
    public JsonObject Property(PropertyInfo property, bool correlatable, object defaults)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var value = property.GetValue(defaults);
        JsonObject schema;
        if (property.IsDefined(typeof(PreserveUnknownFieldsAttribute)))
        {
            schema = new JsonObject { ["type"] = "object", ["description"] = Describe(property, type), ["x-kubernetes-preserve-unknown-fields"] = true };
        }
        else if (ValueOfMap(type) is { } valueType)
        {
            schema = new JsonObject { ["type"] = "object", ["description"] = Describe(property, valueType) };
            schema["additionalProperties"] = Element(property, valueType, correlatable);
            AddCount(schema, property, "Properties");
        }
        else if (ElementOfList(type) is { } elementType)
        {
            schema = List(property, elementType, correlatable);
        }
        else if (IsScalar(type))
        {
            schema = Scalar(type, Describe(property, type));
            AddBounds(schema, property, type);
        }
        else
        {
            return AddRules(Object(type, Describe(property, type), correlatable, value), property, correlatable);
        }

        if (Default(property, value) is { } @default)
        {
            schema["default"] = @default;
        }

        return AddRules(schema, property, correlatable);
    }

    /// <summary>
    /// The properties that stand in JSON, in the order in which they are declared, a base type's first; without those that every kind has,
    /// because their schema is the API server's own.
    /// </summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetMethod is not null && !p.IsDefined(typeof(JsonIgnoreAttribute)) && p.DeclaringType != typeof(KubernetesEntity))
            .OrderBy(p => Depth(p.DeclaringType!)).ThenBy(p => p.MetadataToken);

    /// <summary>A property's name in JSON.</summary>
    public static string JsonName(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private JsonObject List(PropertyInfo property, Type elementType, bool correlatable)
    {
        var map = property.GetCustomAttribute<ListMapAttribute>();
        var schema = new JsonObject { ["type"] = "array", ["description"] = Describe(property, elementType) };
        AddCount(schema, property, "Items");
        schema["x-kubernetes-list-type"] = map is not null ? "map" : property.IsDefined(typeof(ListSetAttribute)) ? "set" : "atomic";
        if (map is not null)
        {
            schema["x-kubernetes-list-map-keys"] = new JsonArray([.. map.Keys.Select(k => JsonValue.Create(k))]);
        }

        // Only in a list that is a map can the API server tell which element was which.
        var items = Element(property, elementType, correlatable && map is not null);
        foreach (var key in map?.Keys ?? [])
        {
            var field = items["properties"]?[key] ?? throw Wrong(property, $"list map key '{key}' is no field of {elementType.Name}");
            var isRequired = items["required"] is JsonArray required && required.Any(r => (string?)r == key);
            if (!isRequired && field["default"] is null)
            {
                throw Wrong(property, $"list map key '{key}' is neither required nor defaulted, which the API server refuses");
            }
        }

        schema["items"] = items;
        return schema;
    }

    private JsonObject Element(PropertyInfo property, Type type, bool correlatable)
    {
        if (IsScalar(type))
        {
            var schema = Scalar(type, description: null);
            AddBounds(schema, property, type);
            return schema;
        }

        return ElementOfList(type) is { } inner
            ? new JsonObject { ["type"] = "array", ["items"] = Element(property, inner, correlatable: false) }
            : Object(type, docs.Of(type), correlatable);
    }

    private static bool IsScalar(Type type) =>
        type.IsEnum || type.IsPrimitive || type == typeof(string) || type == typeof(DateTime) || type == typeof(Quantity) || type == typeof(IntOrString);

    private static JsonObject Scalar(Type type, string? description)
    {
        var schema = new JsonObject();
        var isMixed = type == typeof(Quantity) || type == typeof(IntOrString);
        if (!isMixed)
        {
            schema["type"] = type == typeof(bool) ? "boolean"
                : type == typeof(int) || type == typeof(long) ? "integer"
                : type == typeof(double) ? "number"
                : "string";
        }

        if (description is not null)
        {
            schema["description"] = description;
        }

        if (isMixed)
        {
            schema["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
            schema["x-kubernetes-int-or-string"] = true;
            if (type == typeof(Quantity))
            {
                schema["pattern"] = QuantityPattern;
            }
        }
        else if (type.IsEnum)
        {
            schema["enum"] = new JsonArray([.. Members(type).Select(m => JsonValue.Create(m.Name))]);
        }
        else if (Format(type) is { } format)
        {
            schema["format"] = format;
        }

        return schema;
    }

    private static string? Format(Type type) =>
        type == typeof(int) ? "int32" : type == typeof(long) ? "int64" : type == typeof(double) ? "double" : type == typeof(DateTime) ? "date-time" : null;

    /// <summary>An enum's members under their names in JSON.</summary>
    public static IEnumerable<(string Name, FieldInfo Field)> Members(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .OrderBy(f => f.MetadataToken)
            .Select(f => (f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? f.Name, f));

    /// <summary>The comment; for an enum, also what each value means, because a reader of <c>kubectl explain</c> has nowhere else to look.</summary>
    private string Describe(PropertyInfo property, Type valueType)
    {
        var text = docs.Of(property);
        if (text.Length == 0)
        {
            throw Wrong(property, "has no doc comment; it becomes the field's description");
        }

        return valueType.IsEnum
            ? text + "\n" + string.Join('\n', Members(valueType).Select(m => $"- `{m.Name}`: {docs.Of(m.Field)}"))
            : text;
    }

    private static void AddBounds(JsonObject schema, PropertyInfo property, Type type)
    {
        if (property.GetCustomAttribute<RangeMinimumAttribute>() is { } minimum)
        {
            schema["minimum"] = Number(minimum.Minimum);
        }

        if (property.GetCustomAttribute<RangeMaximumAttribute>() is { } maximum)
        {
            schema["maximum"] = Number(maximum.Maximum);
        }

        if (type != typeof(string))
        {
            return;
        }

        if (property.GetCustomAttribute<LengthAttribute>() is { } length)
        {
            if (length.MinLength > 0)
            {
                schema["minLength"] = length.MinLength;
            }

            schema["maxLength"] = length.MaxLength;
        }

        if (property.GetCustomAttribute<PatternAttribute>() is { } pattern)
        {
            schema["pattern"] = pattern.RegexPattern;
        }
    }

    private static JsonValue Number(double value) => double.IsInteger(value) ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static void AddCount(JsonObject schema, PropertyInfo property, string what)
    {
        if (property.GetCustomAttribute<ItemsAttribute>() is { } items)
        {
            if (items.MinItems > 0)
            {
                schema["min" + what] = items.MinItems;
            }

            schema["max" + what] = items.MaxItems;
        }
    }

    /// <summary>
    /// The initialiser's value, unless the API server would refuse or gain nothing from it: 1.20 refuses <c>default: ""</c>, an empty list
    /// or map says the same as none, and a required field has no use for one.
    /// </summary>
    private static JsonNode? Default(PropertyInfo property, object? value) => value switch
    {
        null or "" => null,
        DateTime => null,
        Quantity or IntOrString when property.PropertyType == value.GetType() && value.Equals(Activator.CreateInstance(value.GetType())) => null,
        ICollection { Count: 0 } => null,
        IEnumerable e when value is not string && !e.Cast<object>().Any() => null,
        _ when property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)) => null,
        _ => KubernetesJson.SerializeToNode(value),
    };

    private static JsonObject AddRules(JsonObject schema, MemberInfo member, bool correlatable)
    {
        var rules = schema["x-kubernetes-validations"] as JsonArray ?? [];
        foreach (var rule in member.GetCustomAttributes<ValidationRuleAttribute>(inherit: false))
        {
            if (!correlatable && rule.Rule.Contains("oldSelf", StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    $"{member.DeclaringType?.Name}{member.Name}: a rule speaks of oldSelf below a list whose elements the API server cannot match with old ones; it would refuse the CRD.");
            }

            rules.Add(new JsonObject { ["rule"] = rule.Rule, ["message"] = rule.Message });
        }

        if (rules.Count > 0 && rules.Parent is null)
        {
            schema["x-kubernetes-validations"] = rules;
        }

        return schema;
    }

    private static Type? ElementOfList(Type type) => Argument(type, typeof(IReadOnlyList<>), 0);

    private static Type? ValueOfMap(Type type) => Argument(type, typeof(IReadOnlyDictionary<,>), 1);

    private static Type? Argument(Type type, Type definition, int index) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition
            ? Nullable.GetUnderlyingType(type.GetGenericArguments()[index]) ?? type.GetGenericArguments()[index]
            : null;

    private static int Depth(Type type) => type.BaseType is { } b ? Depth(b) + 1 : 0;

    private static InvalidOperationException Wrong(PropertyInfo property, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{property.DeclaringType!.Name}.{property.Name} {what}."));
}
