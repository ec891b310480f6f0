using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>What earlier versions left behind: policies that no pod reads any more, and contents to which nobody can go back.</summary>
internal static class LeftoverGenerator
{
    public static IEnumerable<Child> Make(ServerInput input)
    {
        if (input.IsLost)
        {
            return [];
        }

        var remembered = input.Standing.Remembered.Concat(input.Versions.Select(v => v.Content.Hash)).Select(hash => ChildNames.Version(input.Name(), hash));
        return
        [
            .. input.Standing.Policies.Except(PolicyConfigMapGenerator.InUse(input)).Select(Child.None<V1ConfigMap>),
            .. input.Standing.Versions.Except(remembered).Select(Child.None<V1ControllerRevision>),
        ];
    }
}
