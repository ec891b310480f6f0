using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Settings for processes on a server that has none show that somebody meant another transport.</summary>
public sealed class StdioSettingsUnused : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.New.Spec is { Stdio: not null, Transport: not Transport.Stdio })
        {
            yield return new("spec.stdio", Reasons.InvalidSpec, "only transport stdio has processes to manage; remove spec.stdio or set spec.transport to stdio.");
        }
    }
}
