using System.Reflection;

namespace McpOperator.Objects;

/// <summary>A right that code declares that it needs.</summary>
/// <param name="Scope">In which namespaces.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural, with a subresource behind a slash.</param>
/// <param name="Name">The only object; empty: all.</param>
/// <param name="Verbs">What is done.</param>
/// <param name="By">The type that needs it.</param>
public sealed record DeclaredRight(RbacScope Scope, string Group, string Resource, string Name, RbacVerb Verbs, string By)
{
    /// <summary>The verbs one by one, as RBAC writes them.</summary>
    public IEnumerable<string> VerbNames => Enum.GetValues<RbacVerb>().Where(v => v != RbacVerb.None && Verbs.HasFlag(v)).Select(v => v.ToString().ToLowerInvariant());

    /// <summary>What the types of an assembly declare, in the order of their names.</summary>
    public static IEnumerable<DeclaredRight> In(Assembly assembly) => assembly.GetTypes().OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(Of);

    private static IEnumerable<DeclaredRight> Of(Type type) =>
    [
        .. from a in type.GetCustomAttributes<EntityRbacAttribute>()
           from entity in a.Entities
           let resource = ResourceType.Of(entity)
           select new DeclaredRight(a.Scope, resource.Group, resource.Plural + (a.Subresource.Length > 0 ? "/" + a.Subresource : ""), a.Name, a.Verbs, type.Name),
        .. from a in type.GetCustomAttributes<GenericRbacAttribute>()
           from resource in a.Resources
           select new DeclaredRight(a.Scope, a.Group, resource, a.Name, a.Verbs, type.Name),
    ];
}
