using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>What a rule about a server looks at.</summary>
/// <param name="Server">The server.</param>
/// <param name="Tenant">The tenant to whom its namespace belongs.</param>
/// <param name="Configuration">The operator's configuration.</param>
public sealed record MCPServerReview(MCPServer Server, string Tenant, OperatorConfiguration Configuration);

/// <summary>Every rule about servers, in the order in which their violations are listed.</summary>
public static class MCPServerPolicies
{
    /// <summary>Rules about the image: their violations stand in the condition <c>ImageAccepted</c>.</summary>
    public static IReadOnlyList<IPolicy<MCPServerReview>> Image { get; } =
    [
        new ImageNotPinned(),
        new RegistryNotAllowed(),
    ];

    /// <summary>Rules about everything else: their violations stand in the condition <c>SpecAccepted</c>.</summary>
    public static IReadOnlyList<IPolicy<MCPServerReview>> Spec { get; } =
    [
        new NameTooLong(),
        new PortReserved(),
        new ScaleInverted(),
        new StdioSettingsUnused(),
        new VolumeUnknown(),
        new MountPathTaken(),
        new VariableTwice(),
        new AccessTooWeak(),
    ];

    /// <summary>The ways in which <paramref name="policies"/> are broken.</summary>
    public static IReadOnlyList<Violation> Check(this IEnumerable<IPolicy<MCPServerReview>> policies, MCPServerReview review) =>
        [.. policies.SelectMany(policy => policy.Check(review))];
}
