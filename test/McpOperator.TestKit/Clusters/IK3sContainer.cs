namespace McpOperator.TestKit;

/// <summary>
/// A cluster for tests, in the words of Testcontainers.K3s' <c>K3sContainer</c>, which cannot be restored from every package source. Where
/// it can, it takes this place.
/// </summary>
public interface IK3sContainer : IAsyncDisposable
{
    /// <summary>Starts the cluster and waits until its API server is ready.</summary>
    Task StartAsync(CancellationToken ct = default);

    /// <summary>The admin's kubeconfig, as text.</summary>
    Task<string> GetKubeconfigAsync(CancellationToken ct = default);

    /// <summary>Stops the cluster and removes all of it.</summary>
    Task StopAsync(CancellationToken ct = default);
}
