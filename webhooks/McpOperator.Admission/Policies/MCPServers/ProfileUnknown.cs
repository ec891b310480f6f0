using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>There are two built-in permission profiles, and a misspelt one must not pass for either.</summary>
public sealed class ProfileUnknown : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        if (review.New.Spec.PermissionProfile is { Type: PermissionProfileType.Builtin, Name: not ("none" or "network") } profile)
        {
            yield return new("spec.permissionProfile.name", Reasons.InvalidSpec, $"there is no built-in profile '{profile.Name}'; use none or network, or set type to configmap for a profile of your own.");
        }
    }
}
