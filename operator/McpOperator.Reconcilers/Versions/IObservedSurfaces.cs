using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Versions;

/// <summary>Asks a server's proxy which tools the server has, and which of them it withholds.</summary>
public interface IObservedSurfaces
{
    /// <summary>What the proxy in a pod has seen. Its tools are there.</summary>
    /// <returns>Nothing when the pod does not answer, or its server has not been asked yet.</returns>
    Task<SurfaceReport?> FindAsync(V1Pod pod, CancellationToken ct);
}
