using McpOperator.Admission;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>Everything that one pass over a server knows, read once at its start.</summary>
public sealed record MCPServerObserved
{
    /// <summary>The server.</summary>
    public required MCPServer Server { get; init; }

    /// <summary>The tenant to whom its namespace belongs.</summary>
    public required string Tenant { get; init; }

    /// <summary>The operator's configuration.</summary>
    public required OperatorConfiguration Configuration { get; init; }

    /// <summary>What runs the server: Knative or a Deployment.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>Broken rules about the image.</summary>
    public required IReadOnlyList<Violation> ImageViolations { get; init; }

    /// <summary>Broken rules about everything else.</summary>
    public required IReadOnlyList<Violation> SpecViolations { get; init; }

    /// <summary>What the reference to a tool configuration leads to.</summary>
    public required ToolConfigResolution ToolConfig { get; init; }

    /// <summary>Where the server may connect to.</summary>
    public required PermissionProfile Permissions { get; init; }

    /// <summary>Why the permission profile that it names cannot be used.</summary>
    public required ReferenceProblem? PermissionsProblem { get; init; }

    /// <summary>What the proxy is to enforce.</summary>
    public required CompiledPolicy Policy { get; init; }

    /// <summary>The Knative Service or the Deployment as it stands.</summary>
    public required KubernetesDocument? Workload { get; init; }

    /// <summary>The server's pods.</summary>
    public required IReadOnlyList<V1Pod> Pods { get; init; }

    /// <summary>Whether the spec may become anything at all.</summary>
    public bool IsAccepted => ImageViolations.Count == 0 && SpecViolations.Count == 0;

    /// <summary>Why the workload may not be made or changed, though the spec is accepted.</summary>
    public ReferenceProblem? WorkloadProblem => ToolConfig.Problem ?? PermissionsProblem ?? EntrypointProblem;

    private ReferenceProblem? EntrypointProblem => Server.Spec is { Transport: Transport.Stdio, Command: null or { Count: 0 } }
        ? new(Api.Reasons.EntrypointUnknown, "spec.command: a stdio server is started by the bridge, which has to know the program; name the image's entrypoint, such as [\"/app/server\"].")
        : null;
}
