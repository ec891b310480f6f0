using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>The compiled policy, where the proxy finds it.</summary>
internal static class PolicyConfigMapGenerator
{
    /// <summary>The key under which the document stands.</summary>
    public const string Key = "policy.json";

    public static Child Make(ServerInput input) => Child.Of(new V1ConfigMap
    {
        Metadata = ChildMeta.For(input, ChildNames.Policy(input.Name())) with
        {
            Annotations = new Dictionary<string, string> { [Annotations.PolicyRevision] = input.Policy.Revision },
        },
        Data = new Dictionary<string, string> { [Key] = input.Policy.Text },
    });
}
