using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Versions;

/// <summary>Asks a server's proxy which tools the server has.</summary>
public interface IObservedSurfaces
{
    /// <summary>The tools, as the proxy in a pod has seen them.</summary>
    /// <returns>Nothing when the pod does not answer, or its server has not been asked yet.</returns>
    Task<IReadOnlyList<ObservedTool>?> FindAsync(V1Pod pod, CancellationToken ct);
}
