using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// The compiled policy, where the proxy finds it: one object for the pods that serve, and one for those of a version that waits.
/// </summary>
internal static class PolicyConfigMapGenerator
{
    /// <summary>The key under which the document stands.</summary>
    public const string Key = "policy.json";

    public static IEnumerable<Child> Make(ServerInput input)
    {
        if (input.IsLost)
        {
            // Which of them is in use is no longer known, and what they say can no longer be checked.
            return input.Standing.Policies.Select(name => Make(input, name));
        }

        var serving = Make(input, NameOf(input));
        return input.Candidate is { } candidate ? [serving, Make(candidate, NameOf(candidate))] : [serving];
    }

    /// <summary>The name of the policy object of an input's pods.</summary>
    public static string NameOf(ServerInput input) => ChildNames.Policy(input.Name(), input.Template);

    /// <summary>All policy objects that pods read: those that are made, and those of pods that are on their way out.</summary>
    public static IReadOnlyList<string> InUse(ServerInput input) =>
    [
        .. Make(input).Select(child => child.Name)
            .Concat(input.Standing.Templates.Select(template => ChildNames.Policy(input.Name(), template)).Intersect(input.Standing.Policies))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private static Child Make(ServerInput input, string name) => Child.Of(new V1ConfigMap
    {
        Metadata = ChildMeta.For(input, name, Labels.PolicyRole) with
        {
            Annotations = new Dictionary<string, string> { [Annotations.PolicyRevision] = input.Policy.Revision },
        },
        Data = new Dictionary<string, string> { [Key] = input.Policy.Text },
    });
}
