using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>Every rule about tool configurations.</summary>
public static class MCPToolConfigPolicies
{
    /// <summary>All of them.</summary>
    public static PolicySet<MCPToolConfig> All { get; } = new()
    {
        Spec = [new ToolNameInvalid(), new FilterNamesOverride(), new OverrideEmpty(), new NamesCollide()],
        Always = [new StampForged()],
        Warnings = [new OverrideHidden(), new WillBeHeld()],
        Deletion = [new StillInUse()],
    };
}
