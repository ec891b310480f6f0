using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>
/// Some folders of the server's container are not the server's: Knative refuses mounts there, or the pod would get two mounts at one path
/// and the API server would refuse the whole workload.
/// </summary>
public sealed class MountPathTaken : IPolicy<Review<MCPServer>>
{
    private const string BridgePath = "/mcp";

    private static readonly string[] Taken = ["", "/dev", "/dev/log", "/var/run/secrets/kubernetes.io/serviceaccount"];

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var spec = review.New.Spec;
        foreach (var mount in spec.VolumeMounts ?? [])
        {
            var path = mount.MountPath.TrimEnd('/');
            if (Taken.Contains(path) || (path == BridgePath && spec.Transport == Transport.Stdio))
            {
                yield return new("spec.volumeMounts", Reasons.InvalidSpec, $"{mount.MountPath} belongs to the platform; choose another path for volume '{mount.Name}'.");
            }
        }
    }
}
