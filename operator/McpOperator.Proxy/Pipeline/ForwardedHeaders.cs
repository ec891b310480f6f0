using McpOperator.Api;
using McpOperator.Protocol;
using Microsoft.Extensions.Primitives;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Which headers go on. The client's credentials end here (MCP, Authorization, "Token Passthrough"), as does what belongs to one connection
/// (RFC 9110, section 7.6.1), and names with an underscore, which some servers take for a dash.
/// </summary>
internal static class ForwardedHeaders
{
    private static readonly HashSet<string> OfOneConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "HTTP2-Settings",
    };

    private static readonly HashSet<string> NotToServer = new(OfOneConnection, StringComparer.OrdinalIgnoreCase)
    {
        // The client's credentials and what is ours alone.
        "Authorization", "Cookie", Headers.AgentSession, Headers.PodHop,
        // Set anew.
        "Host", "Content-Length", McpHeaders.SessionId, "traceparent", "tracestate",
        // The page's address was judged here, and the server's answer must stay readable.
        "Origin", "Referer", "Accept-Encoding", "Expect",
    };

    private static readonly HashSet<string> NotToClient = new(OfOneConnection, StringComparer.OrdinalIgnoreCase)
    {
        "Set-Cookie", McpHeaders.SessionId, "Alt-Svc", "Strict-Transport-Security",
    };

    /// <summary>Copies a client's headers to a request for the server.</summary>
    public static void CopyToServer(Exchange exchange, HttpRequestMessage request)
    {
        var source = exchange.Http.Request.Headers;
        var named = Named(source.Connection);
        var mirrorsBody = exchange.Revision.MirrorsBody;
        foreach (var (name, values) in source)
        {
            if (NotToServer.Contains(name) || name.Contains('_', StringComparison.Ordinal) || named.Contains(name)
                || (!mirrorsBody && (name.Equals(McpHeaders.Method, StringComparison.OrdinalIgnoreCase) || name.Equals(McpHeaders.Name, StringComparison.OrdinalIgnoreCase))))
            {
                continue;
            }

            Add(request, name, values);
        }

        if (exchange.Calls is [{ OwnName: { } own } call] && own != call.Tool && request.Headers.Remove(McpHeaders.Name))
        {
            request.Headers.TryAddWithoutValidation(McpHeaders.Name, McpHeaders.Encode(own));
        }

        // The server's spans belong under ours, or where nobody traces, under the client's (W3C Trace Context).
        var (parent, state) = exchange.Activity is { } activity ? (activity.Id, activity.TraceStateString) : (source.TraceParent.ToString(), source.TraceState.ToString());
        AddText(request, "traceparent", parent);
        AddText(request, "tracestate", state);
    }

    /// <summary>Copies a client's headers to a request for another pod's proxy, which judges it anew.</summary>
    public static void CopyToPod(HttpRequest from, HttpRequestMessage request)
    {
        var named = Named(from.Headers.Connection);
        foreach (var (name, values) in from.Headers)
        {
            if (!OfOneConnection.Contains(name) && !named.Contains(name) && name is not ("Host" or "Content-Length") && !name.Equals(Headers.PodHop, StringComparison.OrdinalIgnoreCase))
            {
                Add(request, name, values);
            }
        }

        request.Headers.Host = from.Host.Value;
        request.Headers.TryAddWithoutValidation(Headers.PodHop, "1");
    }

    /// <summary>Copies the server's headers to the answer.</summary>
    /// <param name="from">What the server answered.</param>
    /// <param name="to">What the client gets.</param>
    /// <param name="sameLength">Whether the body stays as long as it is.</param>
    public static void CopyToClient(HttpResponseMessage from, HttpResponse to, bool sameLength)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            if (!NotToClient.Contains(name))
            {
                to.Headers[name] = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
            }
        }

        foreach (var (name, values) in from.Content.Headers.NonValidated)
        {
            if (sameLength || !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                to.Headers[name] = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
            }
        }
    }

    private static void Add(HttpRequestMessage request, string name, StringValues values)
    {
        System.Net.Http.Headers.HttpHeaders? headers = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) ? request.Content?.Headers : request.Headers;
        if (values.Count == 1)
        {
            headers?.TryAddWithoutValidation(name, values.ToString());
        }
        else
        {
            headers?.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static void AddText(HttpRequestMessage request, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static HashSet<string> Named(StringValues connection) => connection.Count == 0
        ? []
        : connection.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
}
