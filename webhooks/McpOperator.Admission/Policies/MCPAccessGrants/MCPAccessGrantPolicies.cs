using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>Every rule about grants.</summary>
public static class MCPAccessGrantPolicies
{
    /// <summary>All of them.</summary>
    public static PolicySet<MCPAccessGrant> All { get; } = new()
    {
        Spec = [new SubjectEmpty(), new ExpiryPast(), new RedirectNotAllowed(), new SecretNameMissing()],
        Warnings = [new GrantsNothing(), new ServerMissing()],
    };
}
