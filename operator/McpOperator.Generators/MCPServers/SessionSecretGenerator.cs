using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// The Secret with the key that seals session ids. Made without its key: a pure function has no randomness, and what
/// <c>mcp-operator render</c> prints must hold no secret. The key is added when the Secret is applied.
/// </summary>
internal static class SessionSecretGenerator
{
    public static Child Make(ServerInput input) => Child.Of(new V1Secret
    {
        Metadata = ChildMeta.For(input, ChildNames.Session(input.Name())),
        Type = "Opaque",
    });
}
