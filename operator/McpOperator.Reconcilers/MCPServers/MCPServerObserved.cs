using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>What stands around a server: in the cluster, or in the files that <c>mcp-operator render</c> is given.</summary>
public sealed record Surroundings
{
    /// <summary>The labels of the server's namespace.</summary>
    public IReadOnlyDictionary<string, string>? NamespaceLabels { get; init; }

    /// <summary>The operator's configuration.</summary>
    public required OperatorConfiguration Configuration { get; init; }

    /// <summary>Namespaces that the configuration names as the gateway's and that do not exist, as far as anybody looked.</summary>
    public IReadOnlyList<string> MissingGateways { get; init; } = [];

    /// <summary>What runs the server: Knative or a Deployment.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>The tool configuration that the server names, if it exists.</summary>
    public MCPToolConfig? ToolConfig { get; init; }

    /// <summary>The ConfigMap that the server names as its permission profile, if it exists and is labelled as one.</summary>
    public V1ConfigMap? Profile { get; init; }

    /// <summary>The Knative Service or the Deployment as it stands.</summary>
    public KubernetesDocument? Workload { get; init; }

    /// <summary>The server's pods.</summary>
    public IReadOnlyList<V1Pod> Pods { get; init; } = [];

    /// <summary>What approved versions are made of, by the hash of the content.</summary>
    public IReadOnlyDictionary<string, VersionContent> Kept { get; init; } = new Dictionary<string, VersionContent>();

    /// <summary>Children of earlier versions.</summary>
    public StandingChildren Standing { get; init; } = new();

    /// <summary>The tools that the newest version was seen to have, if anybody could look.</summary>
    public IReadOnlyList<ObservedTool>? Tools { get; init; }

    /// <summary>Which tools the pods of each template withhold because they are not as approved, with what differs.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Withheld { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>A reviewer's decision that admission has seen.</summary>
    public Ruling? Ruling { get; init; }

    /// <summary>The time.</summary>
    public DateTime Now { get; init; }

    /// <summary>How many servers the tenant had before this one, if that was counted.</summary>
    public int? ServersBefore { get; init; }

    /// <summary>What is known of the image's signature, if anybody looked.</summary>
    public SignatureFinding? Signature { get; init; }

    /// <summary>How the tools' scopes fare in Keycloak; nothing when that is not in use.</summary>
    public RealmVerdict? Scopes { get; init; }

    /// <summary>What the image starts, if that matters and anybody asked.</summary>
    public ImageCommandFinding? ImageCommand { get; init; }
}

/// <summary>Everything that one pass over a server knows, read once at its start.</summary>
public sealed record MCPServerObserved
{
    /// <summary>The server.</summary>
    public required MCPServer Server { get; init; }

    /// <summary>The tenant to whom its namespace belongs.</summary>
    public required string Tenant { get; init; }

    /// <summary>The operator's configuration.</summary>
    public required OperatorConfiguration Configuration { get; init; }

    /// <summary>Namespaces that the configuration names as the gateway's and that do not exist, as far as anybody looked.</summary>
    public required IReadOnlyList<string> MissingGateways { get; init; }

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

    /// <summary>What the server asks for; nothing while that cannot be told.</summary>
    public required VersionContent? Candidate { get; init; }

    /// <summary>Which version serves, and which waits.</summary>
    public required ReviewOutcome Review { get; init; }

    /// <summary>Children of earlier versions.</summary>
    public required StandingChildren Standing { get; init; }

    /// <summary>The Knative Service or the Deployment as it stands.</summary>
    public required KubernetesDocument? Workload { get; init; }

    /// <summary>The server's pods.</summary>
    public required IReadOnlyList<V1Pod> Pods { get; init; }

    /// <summary>Whether the image's signature is among what is wrong, which may change without a change of the server.</summary>
    public required bool SignatureRefuses { get; init; }

    /// <summary>What the image starts, if that matters and anybody asked.</summary>
    public required ImageCommandFinding? ImageCommand { get; init; }

    /// <summary>How the tools' scopes fare in Keycloak; nothing when that is not in use.</summary>
    public RealmVerdict? Scopes { get; init; }

    /// <summary>Which tools the pods of each template withhold because they are not as approved, with what differs.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Withheld { get; init; }

    /// <summary>Tools of the version that serves which clients would see if they were as approved, with what differs; ordered by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Drift => Review.Serving is { } serving && Withheld.Count > 0 && Withheld.GetValueOrDefault(ToInput().Template) is { } withheld
        ? [.. withheld.Where(tool => serving.MayShow(tool.Key)).OrderBy(tool => tool.Key, StringComparer.Ordinal)]
        : [];

    /// <summary>Whether the spec may become anything at all.</summary>
    public bool IsAccepted => ImageViolations.Count == 0 && SpecViolations.Count == 0;

    /// <summary>Why the workload may not be made or changed, though the spec is accepted.</summary>
    public ReferenceProblem? WorkloadProblem => ToolConfig.Problem ?? PermissionsProblem ?? EntrypointProblem;

    private ReferenceProblem? EntrypointProblem => Server.Spec is not { Transport: Transport.Stdio, Command: null or { Count: 0 } } ? null : ImageCommand switch
    {
        null => Unknown(Reasons.EntrypointUnknown, "only its registry can tell what it starts."),
        { Command: null } finding => Unknown(finding.Reason, finding.Message),
        { Command: { Entrypoint.Count: 0, Cmd.Count: 0 } } when Server.Spec.Args is null or { Count: 0 } => Unknown(Reasons.EntrypointUnknown, "it has neither an entrypoint nor a command."),
        _ => null,
    };

    private static ReferenceProblem Unknown(string reason, string why) => new(
        reason, $"spec.command: a stdio server is started by the bridge, which has to know the program, and the image does not say it: {why} Name the program, such as [\"/app/server\"], if that cannot be mended.");

    /// <summary>Draws the conclusions from what stands around a server. Pure.</summary>
    public static MCPServerObserved Of(MCPServer server, Surroundings around)
    {
        var tenant = Tenants.Of(server.Metadata.NamespaceProperty ?? "", around.NamespaceLabels);
        var review = new Review<MCPServer>(server, tenant, around.Configuration) { Around = new() { ServersBefore = around.ServersBefore, Signature = around.Signature } };
        var toolConfig = ToolConfigResolution.Of(server.Spec.ToolConfigRef, around.ToolConfig, server.Spec.Tools);
        var permissions = PermissionsOf(server.Spec.PermissionProfile, around, out var permissionsProblem);
        var candidate = ToolsFound(CandidateOf(server, toolConfig, around.ImageCommand?.Command), around);
        var observed = new MCPServerObserved
        {
            Server = server,
            Tenant = tenant,
            Configuration = around.Configuration,
            MissingGateways = around.MissingGateways,
            Runtime = around.Runtime,
            ImageViolations = MCPServerPolicies.Image.Check(review),
            SpecViolations = MCPServerPolicies.Spec.Check(review),
            ImageCommand = around.ImageCommand,
            SignatureRefuses = around.Signature is { Effect: SignatureEffect.Refuse },
            Scopes = around.Scopes,
            Withheld = around.Withheld,
            ToolConfig = toolConfig,
            Permissions = permissions,
            PermissionsProblem = permissionsProblem,
            Candidate = candidate,
            Review = new(),
            Standing = around.Standing,
            Workload = around.Workload,
            Pods = around.Pods,
        };
        return observed with { Review = VersionReviewer.Decide(observed.Question(around)) };
    }

    /// <summary>
    /// The version for which somebody has to look which tools it has, as its pods are made; nothing when that is known, or nobody can tell
    /// without a pod.
    /// </summary>
    public string? TemplateToAsk
    {
        get
        {
            if (Candidate is not { DeclaresTools: false, Surface: null } candidate || !IsAccepted || WorkloadProblem is not null)
            {
                return null;
            }

            var input = ToInput();
            return Review.Waiting is not null && Review.Serving is not null ? input.Candidate?.Template
                : Review.Serving?.RunsLike(candidate) != false && !Review.IsLost ? input.Template
                : null;
        }
    }

    private static VersionContent? CandidateOf(MCPServer server, ToolConfigResolution toolConfig, ImageCommand? command) =>
        toolConfig.Problem is null ? VersionContent.Of(server.Spec, toolConfig.Config, command?.Entrypoint, command?.Cmd) : null;

    /// <summary>A process that was looked at before has the tools that it had then; one that was not has those that were found now.</summary>
    private static VersionContent? ToolsFound(VersionContent? candidate, Surroundings around) =>
        candidate?.With(around.Kept.Values.FirstOrDefault(kept => kept.Observed is not null && kept.RunsLike(candidate))?.Observed ?? around.Tools);

    private ReviewQuestion Question(Surroundings around) => new()
    {
        Status = Server.Status,
        // What is refused, or cannot run, is no version.
        Candidate = IsAccepted && WorkloadProblem is null ? Candidate : null,
        Kept = around.Kept,
        Policy = EffectiveSettings.Review(Server.Spec.Review, Configuration.Review),
        Settings = Configuration.Review,
        Ruling = around.Ruling,
        ServerAuthors = Stamps.AuthorsOf(Server),
        ToolConfigAuthors = around.ToolConfig is { } config ? Stamps.AuthorsOf(config) : [],
        Now = around.Now,
    };

    /// <summary>What the children are made from.</summary>
    public ServerInput ToInput()
    {
        var serving = Review.Serving;
        var target = Review.Target;
        var shown = serving ?? Candidate;
        var input = new ServerInput
        {
            Server = shown?.Serve(Server) ?? Server,
            ImageEntrypoint = shown?.ImageEntrypoint ?? [],
            ImageCmd = shown?.ImageCmd ?? [],
            Tenant = Tenant,
            Configuration = Configuration,
            Runtime = Runtime,
            Policy = PolicyOf(shown, Closed),
            Permissions = Permissions,
            WorkloadAllowed = WorkloadProblem is null && !Review.IsLost,
            Versions =
            [
                .. serving is not null && target?.Content == serving.Hash ? [new(target.Version, serving)] : Array.Empty<KeptVersion>(),
                // What a server was seen to have cannot be told from the manifest again once its pod is gone.
                .. Review is { Waiting: { Observed: not null } seen, Pending: { } pending } ? [new(pending.Version, seen)] : Array.Empty<KeptVersion>(),
            ],
            Standing = Standing with { Remembered = [.. Review.History.Select(v => v.Content).Append(Review.Pending?.Content).OfType<string>()] },
            IsLost = Review.IsLost,
        }.WithTemplate();
        if (serving is null || Review.Waiting is not { } waiting)
        {
            return input;
        }

        var candidate = (input with
        {
            Server = waiting.Serve(Server),
            ImageEntrypoint = waiting.ImageEntrypoint ?? [],
            ImageCmd = waiting.ImageCmd ?? [],
            Policy = PolicyOf(waiting, waiting.Surface is null ? "Nobody has looked at this version's tools yet." : null),
            CandidateIsAsked = waiting.Surface is null,
        }).WithTemplate();
        // Other words for the same pods need no pods of their own.
        return candidate.Template == input.Template ? input : input with
        {
            Candidate = candidate,
            CandidateMayRun = WorkloadState.HasRevision(Workload, ChildNames.Revision(Server.Metadata.Name, input.Template)),
        };
    }

    private string? Closed => Review switch
    {
        { IsLost: true } => "What was approved for this server is lost; it has to be approved anew.",
        { Serving: null, Pending: not null } => "The server waits for its first review.",
        _ => null,
    };

    private CompiledPolicy PolicyOf(VersionContent? version, string? closed) => PolicyCompiler.Compile(
        // Words that nobody has approved stand in no policy of pods that serve, not even in a closed one.
        Review.IsLost ? Server with { Spec = Server.Spec with { Tools = [] } } : version?.Serve(Server) ?? Server,
        version is null ? ToolConfig : new(version.ToolConfig, ToolConfig.Problem),
        Tenant,
        Configuration,
        version?.Observed,
        closed);

    private static PermissionProfile PermissionsOf(PermissionProfileReference? reference, Surroundings around, out ReferenceProblem? problem)
    {
        problem = null;
        if (reference is not { Type: PermissionProfileType.ConfigMap })
        {
            return reference?.Name == "network" ? PermissionProfiles.Network(around.Configuration.Network) : PermissionProfiles.None;
        }

        if (around.Profile?.Data?.GetValueOrDefault(reference.Key) is not { } text)
        {
            problem = new(Reasons.NotFound, around.Profile is null
                ? $"spec.permissionProfile.name: there is no ConfigMap '{reference.Name}' with the label {Labels.PermissionProfile}=true in this namespace; create or label it."
                : $"spec.permissionProfile.key: ConfigMap '{reference.Name}' has no key '{reference.Key}'; add it or name another key.");
            return PermissionProfiles.None;
        }

        try
        {
            return PermissionProfiles.Checked(StrictYaml.Load<PermissionProfile>(text, $"{reference.Name}/{reference.Key}"), out problem);
        }
        catch (ManifestException e)
        {
            problem = new(Reasons.Invalid, e.Message);
            return PermissionProfiles.None;
        }
    }
}
