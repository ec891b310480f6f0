using System.Net;

namespace McpOperator.Proxy.Upstream;

/// <summary>Sends requests to the server, or to another pod's proxy. Follows no redirect, keeps no cookie, and knows no outer proxy.</summary>
internal sealed class UpstreamClient(ServeOptions options) : IDisposable
{
    private readonly HttpMessageInvoker _server = new(Handler(TimeSpan.FromSeconds(5)));
    private readonly HttpMessageInvoker _pods = new(Handler(TimeSpan.FromSeconds(2)));

    /// <summary>Where the server listens.</summary>
    public Uri Address => options.Upstream;

    public void Dispose()
    {
        _server.Dispose();
        _pods.Dispose();
    }

    /// <summary>Sends a request to the server; the answer's body is not read yet.</summary>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    /// <exception cref="TimeoutException">It did not begin to answer in time.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct) => SendAsync(_server, request, ct);

    /// <summary>Sends a request to another pod.</summary>
    /// <inheritdoc cref="SendAsync(HttpRequestMessage, CancellationToken)"/>
    public Task<HttpResponseMessage> SendToPodAsync(HttpRequestMessage request, CancellationToken ct) => SendAsync(_pods, request, ct);

    private async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client, HttpRequestMessage request, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.RequestTimeout);
        try
        {
            return await client.SendAsync(request, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private static SocketsHttpHandler Handler(TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = connectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 64,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
    };
}
