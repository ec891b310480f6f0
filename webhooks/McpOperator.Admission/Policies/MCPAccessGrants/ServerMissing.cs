using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>A grant may come before its server.</summary>
public sealed class ServerMissing : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        if (review.Around is { ReferencesRead: true, Server: null })
        {
            yield return new("spec.serverRef.name", Reasons.NotFound, $"there is no MCPServer '{review.New.Spec.ServerRef.Name}' in this namespace yet; the grant takes effect when there is.");
        }
    }
}
