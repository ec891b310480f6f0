using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Versions;

/// <summary>What the status says about versions.</summary>
internal static class VersionReport
{
    private const int MostDrift = 5;
    private const int LongestName = 128;

    /// <summary>Marks whether what the spec asks for is what may serve.</summary>
    public static void Mark(Conditions conditions, MCPServerObserved observed)
    {
        var review = observed.Review;
        if (review.Pending is not { } pending)
        {
            MarkDrift(conditions, observed.Drift);
            return;
        }

        var (meta, serves) = (observed.Server.Metadata, review.Target is { } target ? $"Version {target.Version} serves on." : "Until then nobody is answered.");
        var name = $"{meta.Name} -n {meta.NamespaceProperty}";
        if (pending.Rejected)
        {
            var by = review.History.FirstOrDefault(v => v.Version == pending.Version);
            var why = string.IsNullOrWhiteSpace(by?.Reason) ? "" : $": {by.Reason}";
            conditions.False(ConditionTypes.ReviewCurrent, Reasons.Rejected, $"{by?.DecidedBy ?? "A reviewer"} rejected version {pending.Version}{why}. {serves} Ask for something else, or go back to what was approved (git revert).");
        }
        else if (pending.SurfaceHash is null)
        {
            conditions.False(ConditionTypes.ReviewCurrent, Reasons.ToolsUnknown, $"Version {pending.Version} waits until its pod tells which tools it has. {serves} Declaring them in spec.tools makes a pod unnecessary.");
        }
        else
        {
            var lost = review.IsLost ? "What was approved is lost, so nothing can be compared with it. " : "";
            conditions.False(
                ConditionTypes.ReviewCurrent, review.IsLost ? Reasons.VersionLost : Reasons.HeldForReview,
                $"{lost}Version {pending.Version} waits for review: {Summary(pending)}. {serves} See it with: mcp-operator review show {name}; let it serve with: mcp-operator review approve {name}{Unheard(observed)}");
        }
    }

    private static void MarkDrift(Conditions conditions, IReadOnlyList<KeyValuePair<string, string>> drift)
    {
        if (drift.Count == 0)
        {
            conditions.True(ConditionTypes.ReviewCurrent, Reasons.Current);
            return;
        }

        var tools = string.Join(", ", drift.Take(MostDrift).Select(tool => $"{VisibleText.Of(tool.Key[..Math.Min(tool.Key.Length, LongestName)])} ({tool.Value[..Math.Min(tool.Value.Length, LongestName)]})"));
        conditions.False(
            ConditionTypes.ReviewCurrent, Reasons.SurfaceDrift,
            $"The running server says something else than what was approved, so the proxy neither shows nor calls these tools: {tools}{(drift.Count > MostDrift ? $" and {drift.Count - MostDrift} more" : "")}. "
            + "Have the server say what was approved and restart its pods; or propose what it says now: in spec.tools, or as another image, which is reviewed.");
    }

    /// <summary>The status once a pass is through.</summary>
    /// <param name="status">The status so far.</param>
    /// <param name="observed">What the pass knew.</param>
    /// <param name="revision">What runs the version that may serve; nothing while it does not serve.</param>
    /// <param name="now">The time.</param>
    public static MCPServerStatus Settle(MCPServerStatus status, MCPServerObserved observed, string? revision, DateTime now)
    {
        var review = observed.Review;
        var pending = review.Pending is { } waits ? waits with { Revision = RevisionOf(observed), CandidateUrl = UrlOf(observed) } : null;
        if (review.Target is not { } target || revision is null)
        {
            return status with { Pending = pending, History = review.History.Count == 0 ? null : review.History };
        }

        return status with
        {
            Pending = pending,
            History = [.. review.History.Select(v => v.Version == target.Version ? v with { State = VersionState.Active } : v.State == VersionState.Active ? v with { State = VersionState.Superseded } : v)],
            Active = new()
            {
                Version = target.Version,
                Image = target.Image,
                SurfaceHash = target.SurfaceHash,
                Revision = revision,
                ApprovedBy = target.DecidedBy,
                Since = status.Active?.Version == target.Version ? status.Active.Since : now,
            },
        };
    }

    /// <summary>How many changes of which class, the grave ones first.</summary>
    public static string Summary(PendingVersion pending)
    {
        var changes = pending.Changes ?? [];
        var tools = string.Join(", ", changes.GroupBy(c => c.Class).Select(g => $"{g.Key} in {string.Join(", ", g.Select(c => $"{c.Tool}.{c.Field}").Distinct().Take(3))}{(g.Count() > 3 ? " …" : "")}"));
        return tools.Length == 0 ? "nothing is known that it could be compared with" : pending.MoreChanges > 0 ? $"{tools} and {pending.MoreChanges} more" : tools;
    }

    /// <summary>A decision that stands there and has no effect is told, or somebody waits for it for ever.</summary>
    private static string Unheard(MCPServerObserved observed) =>
        ReviewDecision.On(observed.Server) is { } decision && decision.About == observed.Review.Pending?.SurfaceHash
            ? $". The decision '{decision.Verb.ToString().ToLowerInvariant()}' that stands on the server has no effect: admission has not sealed it for this version, or its author may not decide."
            : "";

    private static string? RevisionOf(MCPServerObserved observed) => observed.ToInput().Candidate is not { } candidate ? null
        : observed.Runtime == RuntimeKind.Knative ? ChildNames.Revision(observed.Server.Metadata.Name, candidate.Template)
        : ChildNames.Candidate(observed.Server.Metadata.Name);

    private static string? UrlOf(MCPServerObserved observed)
    {
        if (observed.ToInput().Candidate is null)
        {
            return null;
        }

        var meta = observed.Server.Metadata;
        return observed.Runtime == RuntimeKind.Knative
            ? WorkloadState.CandidateUrl(observed.Workload)
            : $"http://{ChildNames.Candidate(meta.Name)}.{meta.NamespaceProperty}.svc.cluster.local:{observed.Server.Spec.Port}/mcp";
    }
}
