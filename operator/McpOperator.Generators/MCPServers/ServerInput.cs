using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Generators.MCPServers;

/// <summary>Everything that a server's children are made from.</summary>
public sealed record ServerInput
{
    /// <summary>The server, with the spec of the version that serves.</summary>
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

    /// <summary>The version that waits for review, if there is one with pods of its own.</summary>
    public ServerInput? Candidate { get; init; }

    /// <summary>
    /// Whether the Knative Service may name the candidate's template: not before the version that serves has a revision to which the
    /// traffic can be pinned.
    /// </summary>
    public bool CandidateMayRun { get; init; }

    /// <summary>Whether the candidate needs a pod, because only it can tell which tools it has.</summary>
    public bool CandidateIsAsked { get; init; }

    /// <summary>Approved versions that have to be kept, and may not be yet.</summary>
    public IReadOnlyList<KeptVersion> Versions { get; init; } = [];

    /// <summary>Children that stand from earlier passes.</summary>
    public StandingChildren Standing { get; init; } = new();

    /// <summary>Whether what is approved is lost: all policies are closed then, and nothing else is touched.</summary>
    public bool IsLost { get; init; }

    /// <summary>
    /// The hash of the pods' template, by which pods, policy objects and Knative revisions belong together. Going back to a template finds
    /// its revision again.
    /// </summary>
    public string Template { get; private init; } = "";

    /// <summary>The input with its <see cref="Template"/>, which is to be worked out once nothing else changes any more.</summary>
    public ServerInput WithTemplate() => this with { Template = WorkloadGenerator.TemplateOf(this) };
}

/// <summary>Children of which a server has several over time, as they stand from earlier passes.</summary>
public sealed record StandingChildren
{
    /// <summary>Policy objects, by name.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>ControllerRevisions with approved versions, by name.</summary>
    public IReadOnlyList<string> Versions { get; init; } = [];

    /// <summary>Templates of which there are pods, which still read their policy.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];

    /// <summary>Hashes of the contents that the status speaks of, and that may be gone back to.</summary>
    public IReadOnlyList<string> Remembered { get; init; } = [];
}
