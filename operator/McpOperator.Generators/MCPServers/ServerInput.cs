using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Generators.MCPServers;

/// <summary>Everything that a server's children are made from.</summary>
public sealed record ServerInput
{
    /// <summary>The server.</summary>
    public required MCPServer Server { get; init; }

    /// <summary>The tenant to whom its namespace belongs.</summary>
    public required string Tenant { get; init; }

    /// <summary>The operator's configuration.</summary>
    public required OperatorConfiguration Configuration { get; init; }

    /// <summary>What runs the server: <see cref="RuntimeKind.Knative"/> or <see cref="RuntimeKind.Deployment"/>.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>What the proxy enforces.</summary>
    public required CompiledPolicy Policy { get; init; }

    /// <summary>Where the server may connect to.</summary>
    public required PermissionProfile Permissions { get; init; }

    /// <summary>
    /// What the image of a stdio server starts, whose spec names no command: the bridge takes its place and has to be told.
    /// </summary>
    public IReadOnlyList<string> ImageEntrypoint { get; init; } = [];

    /// <summary>What the image gives to its entrypoint where the spec has no arguments.</summary>
    public IReadOnlyList<string> ImageCmd { get; init; } = [];

    /// <summary>
    /// Whether the workload may run. It may not when the image or the spec is refused or a reference does not resolve; a workload that
    /// already stands is then left as it is, closed by its policy, rather than half-changed.
    /// </summary>
    public required bool WorkloadAllowed { get; init; }
}
