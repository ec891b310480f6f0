using System.Globalization;
using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A decision is about what waits at this moment, exactly; a rollback goes to a version that was approved.</summary>
public sealed class DecisionInvalid : IPolicy<Review<MCPServer>>
{
    private const string Field = $"metadata.annotations[{Annotations.Decision}]";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (!review.ConcernsDecision)
        {
            return [];
        }

        if (review.SealKey is null)
        {
            return Wrong("cannot be sealed yet, because the operator is starting; try again in a moment");
        }

        var status = review.Old?.Status ?? new();
        return (ReviewDecision.On(review.New), review.New.Metadata.Annotations!.GetValueOrDefault(Annotations.DecisionReason)) switch
        {
            (null, _) => Wrong("is no decision; write approve:<surfaceHash>, reject:<surfaceHash> or rollback:<version>, or use mcp-operator review"),
            (_, { Length: > ReviewDecision.LongestReason }) => [new($"metadata.annotations[{Annotations.DecisionReason}]", Reasons.DecisionInvalid, $"has more than {ReviewDecision.LongestReason} characters; be brief.")],
            ({ Verb: Verb.Rollback } back, _) => Rollback(status, back),
            ({ } decision, _) => About(review, status, decision),
        };
    }

    private static IEnumerable<Violation> Rollback(MCPServerStatus status, ReviewDecision back)
    {
        var target = ReviewDecision.Target(status)?.Version;
        var earlier = (status.History ?? []).Where(v => v.State is VersionState.Superseded or VersionState.Active && v.Version != target).Select(v => v.Version.ToString(CultureInfo.InvariantCulture)).ToList();
        return earlier.Contains(back.About) ? []
            : Wrong(earlier.Count == 0 ? "goes back, and there is no earlier approved version; nothing can be rolled back" : $"names version {back.About}, and approved earlier versions are {string.Join(", ", earlier)}; name one of those");
    }

    private static IEnumerable<Violation> About(Review<MCPServer> review, MCPServerStatus status, ReviewDecision decision) => status.Pending switch
    {
        null or { SurfaceHash: null } => Wrong("decides, and no version waits for a decision; see mcp-operator review list"),
        { Rejected: true } => Wrong("comes too late: the version was rejected. Let it be withdrawn and proposed again"),
        { SurfaceHash: var hash } when hash != decision.About => Wrong($"names surface {decision.About}, and what waits is {hash}; read mcp-operator review show {review.New.Metadata.Name}, and decide about that"),
        _ when status.ObservedGeneration != review.Old!.Metadata.Generation => Wrong("decides about a spec that has just changed; look again in a moment"),
        _ => [],
    };

    private static IEnumerable<Violation> Wrong(string message) => [new(Field, Reasons.DecisionInvalid, $"{message}.")];
}
