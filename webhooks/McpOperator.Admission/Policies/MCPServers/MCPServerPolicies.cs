using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Every rule about servers, in the order in which their violations are listed.</summary>
public static class MCPServerPolicies
{
    /// <summary>Rules about the image's name: only an image that follows them is worth a question to its registry.</summary>
    public static IReadOnlyList<IPolicy<Review<MCPServer>>> ImageName { get; } = [new ImageNotPinned(), new RegistryNotAllowed()];

    /// <summary>Rules about the image: their violations stand in the condition <c>ImageAccepted</c>.</summary>
    public static IReadOnlyList<IPolicy<Review<MCPServer>>> Image { get; } = [.. ImageName, new ImageNotVerified(SignatureEffect.Refuse)];

    /// <summary>Rules about everything else: their violations stand in the condition <c>SpecAccepted</c>.</summary>
    public static IReadOnlyList<IPolicy<Review<MCPServer>>> Spec { get; } =
    [
        new NameTooLong(),
        new ServersOverQuota(QuotaMode.Enforced),
        new PortReserved(),
        new PathUnused(),
        new PathNotPlain(),
        new ScaleInverted(),
        new StdioSettingsUnused(),
        new VolumeUnknown(),
        new MountPathTaken(),
        new VariableTwice(),
        new VariableInvalid(),
        new PlatformObjectNamed(),
        new ProfileUnknown(),
        new ToolTwice(),
        new ToolsOverQuota(QuotaMode.Enforced),
        new ToolsCollide(),
        new ScopeReserved(),
        new AccessTooWeak(),
    ];

    /// <summary>What is told and not enforced.</summary>
    public static IReadOnlyList<IPolicy<Review<MCPServer>>> Warnings { get; } =
    [
        new ImageNotVerified(SignatureEffect.Warn),
        new ServersOverQuota(QuotaMode.Unbounded),
        new ToolsOverQuota(QuotaMode.Unbounded),
        new ToolConfigMissing(),
        new RateLimitIneffective(),
        new WillBeHeld(),
    ];

    /// <summary>Rules about decisions on what waits for review, and about the stamps that they rest on.</summary>
    public static IReadOnlyList<IPolicy<Review<MCPServer>>> Decisions { get; } =
        [new StampForged(), new DecisionWithChange(), new DecisionInvalid(), new ReviewerNotAllowed(), new ReviewerIsAuthor()];

    /// <summary>All of them.</summary>
    public static PolicySet<MCPServer> All { get; } = new() { Spec = [.. Image, .. Spec], Always = Decisions, Warnings = Warnings };
}
