namespace McpOperator.Objects;

// What a type says about itself beyond its .NET shape, in the words of KubeOps.Abstractions. The CRD generator takes the rest from
// the type: descriptions from doc comments, defaults from initialisers, required from `required`, enums from enums.

/// <summary>Short names that kubectl understands.</summary>
/// <param name="shortNames">The names.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityShortNamesAttribute(params string[] shortNames) : Attribute
{
    /// <summary>The names.</summary>
    public IReadOnlyList<string> ShortNames { get; } = shortNames;
}

/// <summary>Categories such as <c>mcp</c>, which <c>kubectl get mcp</c> lists together.</summary>
/// <param name="categories">The categories.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CategoriesAttribute(params string[] categories) : Attribute
{
    /// <summary>The categories.</summary>
    public IReadOnlyList<string> Categories { get; } = categories;
}

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="jsonPath">Where the value is found, such as <c>.status.url</c>.</param>
/// <param name="name">The column's head.</param>
/// <param name="type"><c>string</c>, <c>integer</c>, <c>boolean</c> or <c>date</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GenericAdditionalPrinterColumnAttribute(string jsonPath, string name, string type) : Attribute
{
    /// <summary>Where the value is found.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>The column's head.</summary>
    public string Name { get; } = name;

    /// <summary>The value's type.</summary>
    public string Type { get; } = type;

    /// <summary>Whether the column shows only with <c>-o wide</c>.</summary>
    public bool Wide { get; init; }
}

/// <summary>A rule in the Common Expression Language that the API server checks (1.25 and later; older ones ignore it).</summary>
/// <param name="rule">The expression; <c>self</c> is the value.</param>
/// <param name="message">What the user reads when it is false: the field, the reason, the fix.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class ValidationRuleAttribute(string rule, string message) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule { get; } = rule;

    /// <summary>What the user reads when it is false.</summary>
    public string Message { get; } = message;
}

/// <summary>The smallest value.</summary>
/// <param name="minimum">The smallest value.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMinimumAttribute(double minimum) : Attribute
{
    /// <summary>The smallest value.</summary>
    public double Minimum { get; } = minimum;
}

/// <summary>The largest value.</summary>
/// <param name="maximum">The largest value.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMaximumAttribute(double maximum) : Attribute
{
    /// <summary>The largest value.</summary>
    public double Maximum { get; } = maximum;
}

/// <summary>Bounds of a string's length, in characters; on a list or map of strings, of each element.</summary>
/// <param name="minLength">The fewest characters.</param>
/// <param name="maxLength">The most characters.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int minLength, int maxLength) : Attribute
{
    /// <summary>The fewest characters.</summary>
    public int MinLength { get; } = minLength;

    /// <summary>The most characters.</summary>
    public int MaxLength { get; } = maxLength;
}

/// <summary>The regular expression (RE2) that a string must match; on a list of strings, each element.</summary>
/// <param name="regexPattern">The expression.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string regexPattern) : Attribute
{
    /// <summary>The expression.</summary>
    public string RegexPattern { get; } = regexPattern;
}

/// <summary>Bounds of a list's or map's number of elements.</summary>
/// <param name="minItems">The fewest elements.</param>
/// <param name="maxItems">The most elements.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int minItems, int maxItems) : Attribute
{
    /// <summary>The fewest elements.</summary>
    public int MinItems { get; } = minItems;

    /// <summary>The most elements.</summary>
    public int MaxItems { get; } = maxItems;
}

/// <summary>The list is a map: server-side apply merges it element by element. Without this a list is replaced as a whole (<c>atomic</c>).</summary>
/// <param name="keys">The fields that tell elements apart.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    /// <summary>The fields that tell elements apart.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>The list is a set: every value once.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>The value is any JSON object, kept as it is.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PreserveUnknownFieldsAttribute : Attribute;
