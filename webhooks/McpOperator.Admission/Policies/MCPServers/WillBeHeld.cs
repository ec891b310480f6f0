using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Who changes words should know at once that they wait for a person, and which.</summary>
public sealed class WillBeHeld : IPolicy<Review<MCPServer>>
{
    private const int NamesShown = 3;

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.Around.WillBeHeld is { Count: > 0 } changes)
        {
            var name = $"{review.New.Metadata.Name} -n {review.New.Metadata.NamespaceProperty}";
            yield return new("spec", Reasons.HeldForReview, $"waits for review: {Named(changes)}. Approve: mcp-operator review approve {name}");
        }
    }

    /// <summary>The first changes, in few words: warnings are short.</summary>
    public static string Named(IReadOnlyList<SurfaceChange> changes)
    {
        var held = changes.Where(c => c.Class != SurfaceChangeClass.Narrowing).ToList();
        return string.Join(", ", held.Take(NamesShown).Select(c => $"{c.Class} in {c.Tool}.{c.Field}")) + (held.Count > NamesShown ? $" and {held.Count - NamesShown} more" : "");
    }
}
