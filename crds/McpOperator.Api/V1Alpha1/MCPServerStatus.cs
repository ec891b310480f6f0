using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>How the server fares.</summary>
public sealed record MCPServerStatus
{
    /// <summary>The generation of the spec that this status speaks of.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; init; }

    /// <summary>Every aspect of the server's state; <c>Ready</c> sums them up.</summary>
    [ListMap("type"), Items(0, 16)]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The address that clients use, once the server can answer.</summary>
    [Length(0, 2048)]
    public string? Url { get; init; }

    /// <summary>The version that serves.</summary>
    public ActiveVersion? Active { get; init; }

    /// <summary>The version that waits for a decision.</summary>
    public PendingVersion? Pending { get; init; }

    /// <summary>The newest ten versions, newest first.</summary>
    [Items(0, 10)]
    public IReadOnlyList<VersionRecord>? History { get; init; }

    /// <summary>How many tools there are.</summary>
    public ToolCounts? Tools { get; init; }

    /// <summary>The revision of the compiled policy that the proxy is given: a hash of its content.</summary>
    [Length(0, 128)]
    public string? PolicyRevision { get; init; }
}

/// <summary>The version that clients get: what the workload was seen to serve, which may be an older one than what may serve.</summary>
public sealed record ActiveVersion
{
    /// <summary>Counts the versions of this server, from 1.</summary>
    [RangeMinimum(1)]
    public required long Version { get; init; }

    /// <summary>Its image.</summary>
    [Length(0, 1024)]
    public required string Image { get; init; }

    /// <summary>The hash of what it says to models.</summary>
    [Length(0, 128)]
    public string? SurfaceHash { get; init; }

    /// <summary>The Knative revision or the Deployment that runs it.</summary>
    [Length(0, 253)]
    public string? Revision { get; init; }

    /// <summary>Since when it serves.</summary>
    public DateTime? Since { get; init; }

    /// <summary>Who approved it.</summary>
    [Length(0, 1024)]
    public string? ApprovedBy { get; init; }
}

/// <summary>A version that waits for a decision, or that was refused and is still asked for.</summary>
public sealed record PendingVersion
{
    /// <summary>Counts the versions of this server, from 1.</summary>
    [RangeMinimum(1)]
    public required long Version { get; init; }

    /// <summary>Its image.</summary>
    [Length(0, 1024)]
    public required string Image { get; init; }

    /// <summary>The hash of what it says to models; a decision names it.</summary>
    [Length(0, 128)]
    public string? SurfaceHash { get; init; }

    /// <summary>SHA-256 of everything that the version is made of.</summary>
    [Length(0, 128)]
    public string? Content { get; init; }

    /// <summary>What it says differently, the grave differences first.</summary>
    [Items(0, 512)]
    public IReadOnlyList<SurfaceChange>? Changes { get; init; }

    /// <summary>Differences beyond those that are listed; <c>mcp-operator review show</c> shows all of them, uncut.</summary>
    [RangeMinimum(0)]
    public int MoreChanges { get; init; }

    /// <summary>The Knative revision or the Deployment that runs it.</summary>
    [Length(0, 253)]
    public string? Revision { get; init; }

    /// <summary>Who changed the server or its tool configuration since a version was last approved. None of them may approve this one.</summary>
    [Items(0, 64), Length(1, 1024)]
    public IReadOnlyList<string>? ChangedBy { get; init; }

    /// <summary>Whether it was refused. It stays so until the spec asks for something else.</summary>
    public bool Rejected { get; init; }

    /// <summary>Its own address, for reviewers.</summary>
    [Length(0, 2048)]
    public string? CandidateUrl { get; init; }

    /// <summary>Since when it waits.</summary>
    public DateTime? Since { get; init; }
}

/// <summary>One difference between what serves and what waits.</summary>
public sealed record SurfaceChange
{
    /// <summary>The tool, under the name that clients see.</summary>
    [Length(0, 256)]
    public required string Tool { get; init; }

    /// <summary>The field of the tool, such as <c>description</c> or <c>inputSchema.properties.query</c>; <c>tool</c> is all of it.</summary>
    [Length(0, 1024)]
    public required string Field { get; init; }

    /// <summary>What kind of change it is.</summary>
    public required SurfaceChangeClass Class { get; init; }

    /// <summary>The value that serves, cut where it is very long.</summary>
    [Length(0, 16384)]
    public string? Before { get; init; }

    /// <summary>The value that waits, cut where it is very long.</summary>
    [Length(0, 16384)]
    public string? After { get; init; }
}

/// <summary>Kinds of changes of what a server says to models, from grave to harmless. All but <c>Narrowing</c> wait for a person.</summary>
public enum SurfaceChangeClass
{
    /// <summary>A text gets characters that a reader does not see or takes for others: invisible ones, direction controls, look-alikes of another script.</summary>
    HiddenText,

    /// <summary>A text gets something that reads as an instruction to the model.</summary>
    Instruction,

    /// <summary>A text gets another tool's name.</summary>
    ToolReference,

    /// <summary>A text gets an address.</summary>
    Url,

    /// <summary>What a call can do to the world is said to be something else.</summary>
    SideEffect,

    /// <summary>Callers need less trust.</summary>
    Trust,

    /// <summary>Calls need another OAuth scope.</summary>
    Scope,

    /// <summary>A hint calls the tool more harmless than before.</summary>
    HintRelaxed,

    /// <summary>A tool that was not there. A renamed tool is one, and so is one that comes back other than it was.</summary>
    NewTool,

    /// <summary>The arguments may be something that they might not be before.</summary>
    SchemaWidened,

    /// <summary>Other words.</summary>
    Wording,

    /// <summary>Only takes away: a tool that goes, more trust that is asked for, stricter arguments. Goes live at once.</summary>
    Narrowing,
}

/// <summary>A version and what became of it.</summary>
public sealed record VersionRecord
{
    /// <summary>Counts the versions of this server, from 1.</summary>
    [RangeMinimum(1)]
    public required long Version { get; init; }

    /// <summary>Its image.</summary>
    [Length(0, 1024)]
    public required string Image { get; init; }

    /// <summary>The hash of what it says to models.</summary>
    [Length(0, 128)]
    public string? SurfaceHash { get; init; }

    /// <summary>
    /// SHA-256 of everything that the version is made of. The <c>ControllerRevision</c> that keeps it is believed only if it has this hash.
    /// </summary>
    [Length(0, 128)]
    public string? Content { get; init; }

    /// <summary>What became of it.</summary>
    public required VersionState State { get; init; }

    /// <summary>Who decided.</summary>
    [Length(0, 1024)]
    public string? DecidedBy { get; init; }

    /// <summary>When.</summary>
    public DateTime? DecidedAt { get; init; }

    /// <summary>Why.</summary>
    [Length(0, 1024)]
    public string? Reason { get; init; }
}

/// <summary>What became of a version.</summary>
public enum VersionState
{
    /// <summary>It may serve, and does not yet.</summary>
    Approved,

    /// <summary>It serves.</summary>
    Active,

    /// <summary>A later one took its place.</summary>
    Superseded,

    /// <summary>It was refused.</summary>
    Rejected,
}

/// <summary>How many tools there are.</summary>
public sealed record ToolCounts
{
    /// <summary>Tools that the spec declares.</summary>
    [RangeMinimum(0)]
    public int Declared { get; init; }

    /// <summary>Declared tools that are left after the filter.</summary>
    [RangeMinimum(0)]
    public int Exposed { get; init; }
}
