using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace McpOperator.CrdGen;

/// <summary>
/// The doc comments of an assembly, as plain text. They are the only place in which a field is described: the CRDs and the reference
/// page repeat them word for word.
/// </summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members = [];
    private readonly IReadOnlyList<Assembly> _assemblies;

    /// <summary>Reads the XML files that the compiler put beside the assemblies.</summary>
    /// <exception cref="FileNotFoundException">An assembly was built without its comments.</exception>
    public DocComments(params IEnumerable<Assembly> assemblies)
    {
        _assemblies = [.. assemblies];
        foreach (var assembly in _assemblies)
        {
            var path = Path.ChangeExtension(assembly.Location, ".xml");
            foreach (var member in XDocument.Load(path).Descendants("member"))
            {
                _members[member.Attribute("name")!.Value] = member;
            }
        }
    }

    /// <summary>What a type is.</summary>
    public string Of(Type type) => Summary("T:" + Id(type));

    /// <summary>What a property holds.</summary>
    public string Of(PropertyInfo property) => Summary($"P:{Id(property.DeclaringType!)}.{property.Name}");

    /// <summary>What a constant or an enum's member stands for.</summary>
    public string Of(FieldInfo field) => Summary($"F:{Id(field.DeclaringType!)}.{field.Name}");

    private string Summary(string id) =>
        _members.TryGetValue(id, out var member) && member.Element("summary") is { } summary
            ? Whitespace().Replace(Flatten(summary), " ").Trim()
            : "";

    private string Flatten(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            text.Append(node switch
            {
                XText t => t.Value,
                XElement { Name.LocalName: "c" } c => $"`{c.Value}`",
                XElement { Name.LocalName: "see" or "seealso" } see when see.Attribute("cref") is { } cref => $"`{Referred(cref.Value)}`",
                XElement { Name.LocalName: "see" } see => see.Attribute("langword")?.Value ?? see.Value,
                XElement other => Flatten(other),
                _ => "",
            });
        }

        return text.ToString();
    }

    /// <summary>Readers see fields in JSON's spelling and constants by their value, and know nothing of namespaces.</summary>
    private string Referred(string cref)
    {
        var dot = cref.LastIndexOf('.');
        var name = cref[(dot + 1)..];
        return cref[0] switch
        {
            'P' => JsonNamingPolicy.CamelCase.ConvertName(name),
            'F' => _assemblies.Select(a => a.GetType(cref[2..dot])?.GetField(name)).FirstOrDefault(f => f is not null) is { IsLiteral: true } constant
                ? constant.GetRawConstantValue()!.ToString()!
                : name,
            _ => name,
        };
    }

    /// <summary>The compiler's own spelling: <c>Namespace.Outer.Inner</c>, generic types by their arity only.</summary>
    private static string Id(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
