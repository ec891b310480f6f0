using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Who changed a server and who decided about it is written by admission alone; reviews rest on it.</summary>
public sealed class StampForged : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        // Where nobody asks, in a reconcile or a file, there is nobody to compare with.
        foreach (var (annotation, expected) in review.Requester is null ? [] : Stamps.Of(review))
        {
            var found = review.New.Metadata.Annotations?.GetValueOrDefault(annotation);
            if (found != expected)
            {
                yield return new($"metadata.annotations[{annotation}]", Reasons.StampForged, $"is '{found}' and has to be {(expected is null ? "absent" : $"'{expected}'")}: admission writes it and nobody else. If you did not, the operator's mutating webhook is missing; reinstall it.");
            }
        }
    }
}
