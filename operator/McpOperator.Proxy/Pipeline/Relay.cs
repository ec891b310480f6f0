using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Sends a request on to a server that speaks as the client does.</summary>
internal sealed class Relay(UpstreamClient upstream, AnswerRelay answers, ServeOptions options)
{
    /// <summary>Sends it on and passes the answer back.</summary>
    /// <returns>Why there is no answer of the server.</returns>
    public async Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var from = exchange.Http.Request;
        var address = from.QueryString.HasValue ? new UriBuilder(options.Upstream) { Query = from.QueryString.Value }.Uri : options.Upstream;
        using var request = new HttpRequestMessage(HttpMethod.Parse(from.Method), address);
        if (HttpMethods.IsPost(from.Method))
        {
            request.Content = new ReadOnlyMemoryContent(exchange.Payload);
        }

        ForwardedHeaders.CopyToServer(exchange, request);
        if (exchange.Session is { } session)
        {
            request.Headers.TryAddWithoutValidation(McpHeaders.SessionId, session.Upstream);
        }

        using var response = await upstream.SendAsync(request, ct);
        return await answers.RunAsync(exchange, response, ct);
    }
}
