using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Identity;
using McpOperator.Policy;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Serving;

/// <summary>What clients and the kubelet see.</summary>
internal sealed class ClientFace(McpEndpoint endpoint, ServeOptions options, ServerState server, ServerProbe probe, PolicyStore policies, AccessStore access, Drain drain)
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
            _ when policies.Current is { } policy && ProtectedResource.IsMetadata(path, Exchange.AuthOf(policy, access.Current), ProxyPaths.Mcp) => WriteMetadataAsync(http, policy),
            _ when _streamable.Contains(path) => endpoint.HandleAsync(http, isEventStream: false),
            _ when IsEventStream(path, http.Request.Method) => endpoint.HandleAsync(http, isEventStream: true),
            _ => Text.WriteAsync(http, StatusCodes.Status404NotFound, "not found"),
        };
    }

    private bool IsEventStream(string path, string method) =>
        path == ProxyPaths.Messages ? HttpMethods.IsPost(method)
        : HttpMethods.IsGet(method) && (path == ProxyPaths.Sse || (options.Transport == UpstreamTransport.Sse && path == options.Upstream.AbsolutePath));

    /// <summary>Whoever has no token yet finds out here who issues them (RFC 9728); pages of any origin may.</summary>
    private async Task WriteMetadataAsync(HttpContext http, PolicySnapshot policy)
    {
        if (ProtectedResource.MetadataOf(policy.Table, Exchange.AuthOf(policy, access.Current)) is not { } metadata || !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)))
        {
            await Text.WriteAsync(http, StatusCodes.Status404NotFound, "not found");
            return;
        }

        (http.Response.ContentType, http.Response.ContentLength) = ("application/json", metadata.Length);
        (http.Response.Headers.AccessControlAllowOrigin, http.Response.Headers.CacheControl) = ("*", "no-cache");
        await http.Response.Body.WriteAsync(metadata, http.RequestAborted);
    }

    private string? NotReady() =>
        drain.HasBegun ? "stopping"
        : policies.Current is not { } policy ? policies.Problem ?? "there is no policy yet"
        // A pod that has just started would refuse calls that are granted; where it wakes for one, the gateway waits instead.
        : policy.Document.Access.Mode != AccessMode.Open && ReferenceEquals(access.Current, AccessTable.Unknown) ? "grants and sessions have not been read yet"
        : server.Profile is null ? probe.Problem ?? "the server has not completed a handshake yet"
        : null;
}
