using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Who changed a server and who decided about it is written by admission alone; reviews rest on it.</summary>
public sealed class StampForged : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review) => Stamps.Forged(review, Stamps.Of(review));
}
