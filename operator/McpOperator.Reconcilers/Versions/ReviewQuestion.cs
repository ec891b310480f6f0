using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;

namespace McpOperator.Reconcilers.Versions;

/// <summary>A decision that admission has seen, and who made it.</summary>
/// <param name="Decision">What was said.</param>
/// <param name="By">By whom.</param>
/// <param name="Reason">Why.</param>
public sealed record Ruling(ReviewDecision Decision, string By, string? Reason)
{
    /// <summary>The decision that a server bears; nothing when it bears none, or none that admission has seen.</summary>
    /// <param name="server">The server.</param>
    /// <param name="key">The key of the seals; without one no decision counts.</param>
    public static Ruling? On(MCPServer server, ReadOnlyMemory<byte>? key) =>
        key is { } known && DecisionSeal.IsGood(known.Span, server, server.Status) && ReviewDecision.On(server) is { } decision
            ? new(decision, server.Metadata.Annotations![Annotations.DecidedBy], server.Metadata.Annotations.GetValueOrDefault(Annotations.DecisionReason))
            : null;
}

/// <summary>Everything on which it depends which version serves.</summary>
public sealed record ReviewQuestion
{
    /// <summary>The server's status: what was approved, what waits, what was refused.</summary>
    public required MCPServerStatus Status { get; init; }

    /// <summary>What the server asks for now; nothing while that cannot be told, because a reference does not resolve.</summary>
    public required VersionContent? Candidate { get; init; }

    /// <summary>What approved versions are made of, by the hash of the content, as far as it is kept.</summary>
    public required IReadOnlyDictionary<string, VersionContent> Kept { get; init; }

    /// <summary>Whether changed words wait for a person.</summary>
    public required ReviewPolicy Policy { get; init; }

    /// <summary>How reviews work.</summary>
    public required ReviewDefaults Settings { get; init; }

    /// <summary>A decision that is to be applied, if it still fits.</summary>
    public required Ruling? Ruling { get; init; }

    /// <summary>Who changed the server since its changes were last settled.</summary>
    public required IReadOnlyList<string> ServerAuthors { get; init; }

    /// <summary>Who changed the tool configuration since its changes were last settled.</summary>
    public required IReadOnlyList<string> ToolConfigAuthors { get; init; }

    /// <summary>The time.</summary>
    public required DateTime Now { get; init; }
}

/// <summary>What was decided about a server's versions.</summary>
public sealed record ReviewOutcome
{
    /// <summary>The content that serves; nothing where none is approved, or where what is approved is lost.</summary>
    public VersionContent? Serving { get; init; }

    /// <summary>The content that waits for a decision; nothing where none does.</summary>
    public VersionContent? Waiting { get; init; }

    /// <summary>Whether a version is approved of which nobody knows any more what it is made of.</summary>
    public bool IsLost { get; init; }

    /// <summary>The version that waits, or was refused, as the status tells it.</summary>
    public PendingVersion? Pending { get; init; }

    /// <summary>The versions and what became of them, newest first.</summary>
    public IReadOnlyList<VersionRecord> History { get; init; } = [];

    /// <summary>What happened.</summary>
    public IReadOnlyList<Happening> Happenings { get; init; } = [];

    /// <summary>The version that may serve.</summary>
    public VersionRecord? Target => ReviewDecision.Target(new() { History = History });
}
