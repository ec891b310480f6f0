using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A server that listens where the proxy or Knative's queue-proxy does would keep its own pod from starting.</summary>
public sealed class PortReserved : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var spec = review.New.Spec;
        if (spec.Transport != Transport.Stdio && Ports.Reserved.Contains(spec.TargetPort))
        {
            yield return new("spec.targetPort", Reasons.PortReserved, $"port {spec.TargetPort} belongs to the proxy or to Knative (taken: {string.Join(", ", Ports.Reserved)}); let the server listen on another one, such as 8080.");
        }
    }
}
