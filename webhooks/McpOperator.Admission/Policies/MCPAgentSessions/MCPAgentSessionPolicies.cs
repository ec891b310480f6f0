using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>Every rule about sessions.</summary>
public static class MCPAgentSessionPolicies
{
    /// <summary>All of them.</summary>
    public static PolicySet<MCPAgentSession> All { get; } = new()
    {
        Spec = [new SubjectEmpty(), new ExpiryPast(), new ExpiryTooFar(), new ExpiryLater(), new Unrevoked(), new IdentityChanged()],
        Warnings = [new ServerMissing()],
    };
}
