using System.Globalization;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Admission.Decisions;

/// <summary>What a reviewer says.</summary>
public enum Verb
{
    /// <summary>The version that waits may serve.</summary>
    Approve,

    /// <summary>It may not.</summary>
    Reject,

    /// <summary>An earlier version shall serve again.</summary>
    Rollback,
}

/// <summary>A reviewer's decision, as the annotation <see cref="Annotations.Decision"/> has it.</summary>
/// <param name="Verb">What is said.</param>
/// <param name="About">The surface hash of the version that waits; for a rollback the number of the version to go back to.</param>
public sealed record ReviewDecision(Verb Verb, string About)
{
    /// <summary>The longest reason that is kept.</summary>
    public const int LongestReason = 1024;

    /// <summary>Reads the annotation's value.</summary>
    /// <returns>Nothing when it is no decision.</returns>
    public static ReviewDecision? Parse(string? text) => text?.Split(':') switch
    {
        ["approve", { Length: > 0 } hash] => new(Verb.Approve, hash),
        ["reject", { Length: > 0 } hash] => new(Verb.Reject, hash),
        ["rollback", var version] when long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out _) => new(Verb.Rollback, version),
        _ => null,
    };

    /// <summary>The decision that an object bears.</summary>
    public static ReviewDecision? On(KubernetesEntity entity) => Parse(entity.Metadata.Annotations?.GetValueOrDefault(Annotations.Decision));

    /// <summary>
    /// The number of the version that is decided about: the one that waits, or for a rollback the one that serves or is about to. A decision
    /// holds for that one alone: applied, or overtaken, it is spent.
    /// </summary>
    public long? Subject(MCPServerStatus status) => Verb == Verb.Rollback ? Target(status)?.Version : status.Pending?.Version;

    /// <summary>The version that may serve: the newest approved one, though the workload may not be there yet.</summary>
    public static VersionRecord? Target(MCPServerStatus status) =>
        status.History?.FirstOrDefault(v => v.State == VersionState.Approved) ?? status.History?.FirstOrDefault(v => v.State == VersionState.Active);

    /// <summary>As it stands in the annotation.</summary>
    public override string ToString() => $"{Verb.ToString().ToLowerInvariant()}:{About}";
}
