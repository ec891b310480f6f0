using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>Who changed a tool configuration is written by admission alone; reviews of the servers that name it rest on it.</summary>
public sealed class StampForged : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review) => Stamps.Forged(review, Stamps.Of(review));
}
