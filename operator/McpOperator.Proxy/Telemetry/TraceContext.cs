using System.Diagnostics;
using McpOperator.Proxy.Pipeline;

namespace McpOperator.Proxy.Telemetry;

/// <summary>W3C trace context: taken from the client, passed on to the server.</summary>
internal static class TraceContext
{
    /// <summary>The spans of requests; nobody makes any unless they are exported.</summary>
    public static readonly ActivitySource Source = new("McpOperator.Proxy");

    /// <summary>Begins a request's span under the client's, if spans are wanted.</summary>
    public static Activity? Start(HttpRequest request)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out var parent);
        return Source.StartActivity("mcp", ActivityKind.Server, parent);
    }

    /// <summary>The id of the trace to which a request belongs; nothing when it belongs to none.</summary>
    public static string? TraceIdOf(Exchange exchange) =>
        exchange.Activity is { } activity ? activity.TraceId.ToHexString()
        : ActivityContext.TryParse(exchange.Http.Request.Headers.TraceParent, null, out var parent) ? parent.TraceId.ToHexString()
        : null;
}
