using System.Globalization;
using System.Reflection;
using System.Text;
using McpOperator.Objects;

namespace McpOperator.ChartGen;

/// <summary>The rights that the operator's code declares that it needs, as rules of RBAC.</summary>
internal sealed class Rights
{
    private readonly List<Right> _all;

    /// <summary>Reads the declarations in assemblies.</summary>
    public Rights(IEnumerable<Assembly> assemblies) =>
        _all = [.. assemblies.SelectMany(a => a.GetTypes()).OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(Declared)];

    /// <summary>The rules of a scope as YAML, each under the names of the types that need it.</summary>
    public string Rules(RbacScope scope)
    {
        var text = new StringBuilder();
        var resources = _all.Where(r => r.Scope == scope)
            .GroupBy(r => (r.Group, r.Resource, r.Name), (key, rights) => (key.Group, key.Resource, key.Name, Verbs: rights.Aggregate(RbacVerb.None, (v, r) => v | r.Verbs), By: By(rights)));
        foreach (var rule in resources.GroupBy(r => (r.Group, r.Name, r.Verbs, r.By)).OrderBy(r => r.Key.Group, StringComparer.Ordinal).ThenBy(r => r.First().Resource, StringComparer.Ordinal))
        {
            var (group, name, verbs, by) = rule.Key;
            text.Append(CultureInfo.InvariantCulture, $"# {by}\n- apiGroups: [{(group.Length > 0 ? group : "''")}]\n  resources: {List(rule.Select(r => r.Resource).Order(StringComparer.Ordinal))}\n");
            text.Append(name.Length > 0 ? $"  resourceNames: [{name}]\n" : "");
            text.Append(CultureInfo.InvariantCulture, $"  verbs: {List(Enum.GetValues<RbacVerb>().Where(v => v != RbacVerb.None && verbs.HasFlag(v)).Select(v => v.ToString().ToLowerInvariant()))}\n");
        }

        return text.ToString();
    }

    private static IEnumerable<Right> Declared(Type type) =>
    [
        .. from a in type.GetCustomAttributes<EntityRbacAttribute>()
           from entity in a.Entities
           let resource = ResourceType.Of(entity)
           select new Right(a.Scope, resource.Group, resource.Plural + (a.Subresource.Length > 0 ? "/" + a.Subresource : ""), a.Name, a.Verbs, type.Name),
        .. from a in type.GetCustomAttributes<GenericRbacAttribute>()
           from resource in a.Resources
           select new Right(a.Scope, a.Group, resource, a.Name, a.Verbs, type.Name),
    ];

    private static string By(IEnumerable<Right> rights) => string.Join(", ", rights.Select(r => r.By).Distinct().Order(StringComparer.Ordinal));

    private static string List(IEnumerable<string> values) => $"[{string.Join(", ", values)}]";

    private sealed record Right(RbacScope Scope, string Group, string Resource, string Name, RbacVerb Verbs, string By);
}
