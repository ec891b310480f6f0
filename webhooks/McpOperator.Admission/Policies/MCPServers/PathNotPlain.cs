using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A path that means another one would let the proxy and the server disagree on what is asked for.</summary>
public sealed class PathNotPlain : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var parts = (review.New.Spec.Path ?? "").Split('/').Skip(1).ToList();
        // An empty part at the end is a path that ends with a slash, which some servers want.
        if (parts.SkipLast(1).Contains("") || parts.Contains(".") || parts.Contains(".."))
        {
            yield return new("spec.path", Reasons.InvalidSpec, $"'{review.New.Spec.Path}' has empty parts, '.' or '..' in it; write the plain path at which the server listens, such as /mcp.");
        }
    }
}
