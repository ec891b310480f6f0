using McpOperator.Api;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Serving;

/// <summary>What clients and the kubelet see.</summary>
internal sealed class ClientFace(McpEndpoint endpoint, ServeOptions options, ServerState server, ServerProbe probe, PolicyStore policies, Drain drain)
{
    private readonly HashSet<string> _streamable = [ProxyPaths.Mcp, "/", .. options.Transport == UpstreamTransport.StreamableHttp ? [options.Upstream.AbsolutePath] : Array.Empty<string>()];

    /// <summary>Answers a request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        return path switch
        {
            ProxyPaths.Health => Text.WriteAsync(http, StatusCodes.Status200OK, "ok"),
            ProxyPaths.Ready => NotReady() is { } why ? Text.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, why) : Text.WriteAsync(http, StatusCodes.Status200OK, "ok"),
            _ when _streamable.Contains(path) => endpoint.HandleAsync(http),
            _ => Text.WriteAsync(http, StatusCodes.Status404NotFound, "not found"),
        };
    }

    private string? NotReady() =>
        drain.HasBegun ? "stopping"
        : policies.Current is null ? policies.Problem ?? "there is no policy yet"
        : server.Profile is null ? probe.Problem ?? "the server has not completed a handshake yet"
        : null;
}
