using System.Net;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Versions;

/// <summary>
/// Asks over HTTP, at the pod's own address. What answers there may be anything that the tenant runs, so little is believed: not who it is,
/// not that it ends, not that it is well-formed. A lie gains nothing, because the proxy shows only tools that are as they were approved.
/// </summary>
public sealed class PodSurfaces : IObservedSurfaces, IDisposable
{
    private const int LargestReport = 4 * 1024 * 1024;
    private const int MostTools = 2048;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;
    private readonly int _port;

    /// <summary>Asks pods.</summary>
    /// <param name="port">The port at which proxies tell.</param>
    public PodSurfaces(int port = Ports.ProxyMetrics)
    {
        _port = port;
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10) })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = LargestReport,
        };
    }

    /// <inheritdoc/>
    public async Task<SurfaceReport?> FindAsync(V1Pod pod, CancellationToken ct)
    {
        // An address and nothing else: a name would lead to wherever the cluster's DNS says.
        if (!IPAddress.TryParse(pod.Status?.PodIP, out var address))
        {
            return null;
        }

        try
        {
            var body = await _http.GetByteArrayAsync(new UriBuilder("http", address.ToString(), _port, ProxyPaths.Surface).Uri, ct);
            var report = JsonSerializer.Deserialize(body, PolicyJson.Default.SurfaceReport);
            return report is { Schema: SurfaceReport.CurrentSchema, Tools: { Count: <= MostTools } tools } && tools.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count() == tools.Count
                ? report
                : null;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or NotSupportedException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
