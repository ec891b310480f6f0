using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A session may come before its server.</summary>
public sealed class ServerMissing : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        if (review.Around is { ReferencesRead: true, Server: null })
        {
            yield return new("spec.serverRef.name", Reasons.NotFound, $"there is no MCPServer '{review.New.Spec.ServerRef.Name}' in this namespace yet; the session takes effect when there is.");
        }
    }
}
