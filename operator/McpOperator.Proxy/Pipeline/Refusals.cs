using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Refusals of the proxy's own; those of policy are <see cref="Denial.Of"/>.</summary>
internal static class Refusals
{
    public static Denial OriginNotAllowed(string origin) => new(
        StatusCodes.Status403Forbidden, JsonRpcErrors.InvalidRequest, ProxyReasons.OriginNotAllowed, $"Pages of '{origin}' may not call this server.");

    public static Denial NoPolicy => new(
        StatusCodes.Status503ServiceUnavailable, JsonRpcErrors.Refused, ProxyReasons.NoPolicy, "There is no policy for this server yet; try again in a moment.");

    public static Denial NotReady => new(
        StatusCodes.Status503ServiceUnavailable, JsonRpcErrors.Refused, ProxyReasons.NotReady, "The server is starting; try again in a moment.");

    public static Denial NotJson => new(
        StatusCodes.Status415UnsupportedMediaType, JsonRpcErrors.InvalidRequest, ProxyReasons.NotJson, "Send Content-Type: application/json, in UTF-8 and not compressed.");

    public static Denial TooLarge(int most) => new(
        StatusCodes.Status413PayloadTooLarge, JsonRpcErrors.InvalidRequest, ProxyReasons.TooLarge, $"A message has at most {most} bytes here.");

    public static Denial Malformed(JsonRpcProblem problem) => new(
        StatusCodes.Status400BadRequest, problem.Code, ProxyReasons.Malformed, problem.Message);

    public static Denial BadHeader(string message) => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.InvalidRequest, ProxyReasons.HeaderMismatch, message);

    public static Denial HeaderMismatch(string message) => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.HeaderMismatch, ProxyReasons.HeaderMismatch, $"Header mismatch: {message}");

    public static Denial MissingMeta(string name) => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.InvalidParams, ProxyReasons.Malformed, $"params._meta.{name} is missing; revision 2026-07-28 asks for it in every request.");

    public static Denial UnsupportedRevision => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.UnsupportedProtocolVersion, ProxyReasons.UnsupportedRevision, "Unsupported protocol version");

    public static Denial SessionNotFound => new(
        StatusCodes.Status404NotFound, JsonRpcErrors.Refused, ProxyReasons.SessionNotFound, "Session not found; send initialize to begin a new one.");

    public static Denial SessionMissing => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.Refused, ProxyReasons.SessionNotFound, "Mcp-Session-Id is missing; send initialize to begin a session.");

    public static Denial TooManySessions => new(
        StatusCodes.Status503ServiceUnavailable, JsonRpcErrors.Refused, ProxyReasons.TooManySessions, "This server has as many sessions as it can hold; try again later.");

    public static Denial StreamTaken => new(
        StatusCodes.Status409Conflict, JsonRpcErrors.InvalidRequest, ProxyReasons.MethodNotAllowed, "This session already has a stream.");

    public static Denial MethodUnknown(string? method) => new(
        StatusCodes.Status404NotFound, JsonRpcErrors.MethodNotFound, ProxyReasons.MethodNotAllowed, $"Method not found: {method}");

    public static Denial StateExpired => new(
        StatusCodes.Status400BadRequest, JsonRpcErrors.InvalidParams, ProxyReasons.SessionNotFound, "requestState has expired or belongs to another request; send the request again without it.");

    public static Denial MethodNotAllowed => new(
        StatusCodes.Status405MethodNotAllowed, JsonRpcErrors.InvalidRequest, ProxyReasons.MethodNotAllowed, "Method not allowed.");

    public static Denial UpstreamFailed => new(
        StatusCodes.Status502BadGateway, JsonRpcErrors.InternalError, ProxyReasons.UpstreamFailed, "The server broke off or cannot be reached.");

    public static Denial UpstreamTimeout => new(
        StatusCodes.Status504GatewayTimeout, JsonRpcErrors.InternalError, ProxyReasons.UpstreamTimeout, "The server did not answer in time.");

    public static Denial Failed => new(
        StatusCodes.Status500InternalServerError, JsonRpcErrors.InternalError, ProxyReasons.Failed, "The proxy made a mistake; its log says which.");

    public static Denial UpstreamMalformed(string why) => new(
        StatusCodes.Status502BadGateway, JsonRpcErrors.InternalError, ProxyReasons.UpstreamMalformed, $"The server's answer cannot be passed on: {why}");
}
