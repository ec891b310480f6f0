using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A path on a server that does not listen shows that somebody meant another transport.</summary>
public sealed class PathUnused : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.New.Spec is { Path: not null, Transport: Transport.Stdio })
        {
            yield return new("spec.path", Reasons.InvalidSpec, "a stdio server listens nowhere and has no path; remove spec.path or set spec.transport to streamable-http or sse.");
        }
    }
}
