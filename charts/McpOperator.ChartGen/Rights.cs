using System.Globalization;
using System.Reflection;
using System.Text;
using McpOperator.Objects;

namespace McpOperator.ChartGen;

/// <summary>The rights that the operator's code declares that it needs, as rules of RBAC.</summary>
internal sealed class Rights
{
    private readonly List<DeclaredRight> _all;

    /// <summary>Reads the declarations in assemblies.</summary>
    public Rights(IEnumerable<Assembly> assemblies) => _all = [.. assemblies.SelectMany(DeclaredRight.In)];

    /// <summary>The rules of a scope as YAML, each under the names of the types that need it.</summary>
    public string Rules(RbacScope scope)
    {
        var text = new StringBuilder();
        var resources = _all.Where(r => r.Scope == scope)
            .GroupBy(r => (r.Group, r.Resource, r.Name))
            .Select(r => new DeclaredRight(scope, r.Key.Group, r.Key.Resource, r.Key.Name, r.Aggregate(RbacVerb.None, (v, one) => v | one.Verbs), By(r)));
        foreach (var rule in resources.GroupBy(r => (r.Group, r.Name, r.Verbs, r.By)).OrderBy(r => r.Key.Group, StringComparer.Ordinal).ThenBy(r => r.First().Resource, StringComparer.Ordinal))
        {
            var first = rule.First();
            text.Append(CultureInfo.InvariantCulture, $"# {first.By}\n- apiGroups: [{(first.Group.Length > 0 ? first.Group : "''")}]\n  resources: {List(rule.Select(r => r.Resource).Order(StringComparer.Ordinal))}\n");
            text.Append(first.Name.Length > 0 ? $"  resourceNames: [{first.Name}]\n" : "");
            text.Append(CultureInfo.InvariantCulture, $"  verbs: {List(first.VerbNames)}\n");
        }

        return text.ToString();
    }

    private static string By(IEnumerable<DeclaredRight> rights) => string.Join(", ", rights.Select(r => r.By).Distinct().Order(StringComparer.Ordinal));

    private static string List(IEnumerable<string> values) => $"[{string.Join(", ", values)}]";
}
