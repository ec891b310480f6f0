using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A mount needs its volume, and names that start with <c>mcp-</c> are the proxy's own.</summary>
public sealed class VolumeUnknown : IPolicy<Review<MCPServer>>
{
    private const string OwnPrefix = "mcp-";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var spec = review.New.Spec;
        var volumes = (spec.Volumes ?? []).Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in volumes.Where(v => v.StartsWith(OwnPrefix, StringComparison.Ordinal)))
        {
            yield return new("spec.volumes", Reasons.InvalidSpec, $"volume '{name}': names that start with {OwnPrefix} are the proxy's own; choose another name.");
        }

        foreach (var mount in (spec.VolumeMounts ?? []).Where(m => !volumes.Contains(m.Name)))
        {
            yield return new("spec.volumeMounts", Reasons.InvalidSpec, $"there is no volume '{mount.Name}' for {mount.MountPath}; add it to spec.volumes.");
        }

        var mounted = (spec.VolumeMounts ?? []).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in volumes.Where(v => !mounted.Contains(v)))
        {
            yield return new("spec.volumes", Reasons.InvalidSpec, $"volume '{name}' is mounted nowhere, which Knative refuses; add a mount to spec.volumeMounts or remove the volume.");
        }
    }
}
