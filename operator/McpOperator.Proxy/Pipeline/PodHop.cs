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

        using var request = new HttpRequestMessage(new HttpMethod(from.Method), new UriBuilder("http", pod.Address.ToString(), pod.Port, from.Path.Value, from.QueryString.Value).Uri);
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
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError || e.InnerException is SocketException)
        {
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
}
