using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Admission;

/// <summary>What is done to an object.</summary>
public enum Operation
{
    /// <summary>It is made.</summary>
    Create,

    /// <summary>It is changed.</summary>
    Update,

    /// <summary>It is deleted.</summary>
    Delete,
}

/// <summary>What a rule looks at. The webhook, the reconcile's guard and <c>mcp-operator check</c> fill in what each of them knows.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="New">The object as it shall be; for a deletion as it is.</param>
/// <param name="Tenant">The tenant to whom its namespace belongs.</param>
/// <param name="Configuration">The operator's configuration.</param>
public sealed record Review<T>(T New, string Tenant, OperatorConfiguration Configuration) where T : KubernetesEntity
{
    /// <summary>The object as it was; nothing when it is made, and where only its present state is known.</summary>
    public T? Old { get; init; }

    /// <summary>What is done to the object.</summary>
    public Operation Operation { get; init; }

    /// <summary>Whether the spec is another one than before.</summary>
    public bool SpecChanged { get; init; } = true;

    /// <summary>The time.</summary>
    public DateTime Now { get; init; }

    /// <summary>Who asks, as the API server names them; nothing where nobody asks.</summary>
    public string? Requester { get; init; }

    /// <summary>The key with which decisions are sealed; nothing where nobody decides.</summary>
    public ReadOnlyMemory<byte>? SealKey { get; init; }

    /// <summary>What stands around the object.</summary>
    public ReviewSurroundings Around { get; init; } = ReviewSurroundings.Unknown;

    /// <summary>Whether somebody decides about a version.</summary>
    public bool ConcernsDecision => Operation != Operation.Delete && New.Metadata.DeletionTimestamp is null && Stamps.IsDecided(this);

    /// <summary>Whether the rules about the spec concern this request.</summary>
    public bool ConcernsSpec => Operation != Operation.Delete && SpecChanged && New.Metadata.DeletionTimestamp is null;
}

/// <summary>What stands around an object under review, as far as it is known and the object's kind needs it.</summary>
public sealed record ReviewSurroundings
{
    /// <summary>Nothing is known: a file is checked without a cluster.</summary>
    public static ReviewSurroundings Unknown { get; } = new();

    /// <summary>Whether the cluster was asked for what the object refers to, so that what is absent here does not exist.</summary>
    public bool ReferencesRead { get; init; }

    /// <summary>For a server: how many servers its tenant had before it.</summary>
    public int? ServersBefore { get; init; }

    /// <summary>For a server: the tool configuration that it names.</summary>
    public MCPToolConfig? ToolConfig { get; init; }

    /// <summary>For a server: what is known of its image's signature; nothing when nobody looked.</summary>
    public SignatureFinding? Signature { get; init; }

    /// <summary>For a server about which somebody decides: whether they have the verb <c>approve</c>; nothing when nobody asked.</summary>
    public bool? MayApprove { get; init; }

    /// <summary>For a server: the differences that a person will have to approve before the change serves; nothing when that is not known.</summary>
    public IReadOnlyList<SurfaceChange> WillBeHeld { get; init; } = [];

    /// <summary>For a tool configuration: the servers of which a version will be held, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SurfaceChange>> ServersHeld { get; init; } = new Dictionary<string, IReadOnlyList<SurfaceChange>>();

    /// <summary>For a tool configuration: the servers that name it and are not being deleted.</summary>
    public IReadOnlyList<MCPServer> Users { get; init; } = [];

    /// <summary>For a grant or a session: the server that it names.</summary>
    public MCPServer? Server { get; init; }

    /// <summary>Whether the object's namespace is being deleted.</summary>
    public bool NamespaceIsDeleting { get; init; }
}

/// <summary>What came out when an image's signature was looked at.</summary>
/// <param name="Effect">What follows from it.</param>
/// <param name="Reason">One word for machines, from <see cref="Api.Reasons"/>.</param>
/// <param name="Message">What was found and, if it is bad, how to mend it.</param>
public sealed record SignatureFinding(SignatureEffect Effect, string Reason, string Message);

/// <summary>What follows from a look at a signature.</summary>
public enum SignatureEffect
{
    /// <summary>Nothing.</summary>
    Accept,

    /// <summary>The image is accepted with a warning.</summary>
    Warn,

    /// <summary>The image is refused.</summary>
    Refuse,
}
