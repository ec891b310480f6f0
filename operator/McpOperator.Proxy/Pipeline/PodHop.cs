using System.Net;
using System.Net.Sockets;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Proxy.Telemetry;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Passes a request on to the pod that holds its session. The address comes out of a sealed ticket, so no client can choose it, and a
/// request is passed on once only. The other pod judges the request as if it had come to it first, token included.
/// </summary>
internal sealed class PodHop(UpstreamClient upstream, ProxyMetrics metrics)
{
    /// <summary>Whether the request has been passed on before. Who claims so falsely only loses the service.</summary>
    public static bool HasHopped(HttpRequest request) => request.Headers.ContainsKey(Headers.PodHop);

    /// <summary>Passes it on and brings the answer back, byte for byte.</summary>
    /// <returns>Why there is no answer: a pod that is gone has taken its sessions with it.</returns>
    public async Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var from = exchange.Http.Request;
        if (!IPEndPoint.TryParse(exchange.OtherPod ?? "", out var pod))
        {
            return Refusals.SessionNotFound;
        }

        using var request = new HttpRequestMessage(HttpMethod.Parse(from.Method), new UriBuilder("http", pod.Address.ToString(), pod.Port, from.Path.Value, from.QueryString.Value).Uri);
        if (!exchange.Payload.IsEmpty)
        {
            request.Content = new ReadOnlyMemoryContent(exchange.Payload);
        }

        ForwardedHeaders.CopyToPod(from, request);
        HttpResponseMessage response;
        try
        {
            response = await upstream.SendToPodAsync(request, ct);
        }
        catch (Exception e) when (e is HttpRequestException || IsConnectTimeout(e, ct))
        {
            // A connection that was kept and breaks tells nothing: its pod may be gone, or have failed. A new one tells.
            if (e is HttpRequestException { HttpRequestError: not HttpRequestError.ConnectionError } && await ListensAsync(pod, ct))
            {
                throw;
            }

            metrics.PodHop("gone");
            return Refusals.SessionNotFound;
        }

        using (response)
        {
            metrics.PodHop("answered");
            var to = exchange.Http.Response;
            to.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            {
                if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive" or "Date" or "Server"))
                {
                    to.Headers[name] = values.ToString();
                }
            }

            await to.StartAsync(ct);
            await RawRelay.CopyAsync(response, to, ct);
            return null;
        }
    }

    /// <summary>Where a pod has been, often nobody answers at all, and the handler gives up connecting in this way.</summary>
    private static bool IsConnectTimeout(Exception e, CancellationToken ct) =>
        e is OperationCanceledException { InnerException: TimeoutException } && !ct.IsCancellationRequested;

    private static async Task<bool> ListensAsync(IPEndPoint pod, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        using var socket = new Socket(pod.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(pod, limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
