using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Nobody can have read what arrives together with its approval.</summary>
public sealed class DecisionWithChange : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review is { ConcernsDecision: true, SpecChanged: true })
        {
            yield return new($"metadata.annotations[{Annotations.Decision}]", Reasons.DecisionWithChange, "decides in the same request that changes the spec; send the change first, and decide once it is reviewed.");
        }
    }
}
