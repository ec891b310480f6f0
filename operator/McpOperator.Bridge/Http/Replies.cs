using System.Globalization;
using McpOperator.Bridge.Framing;
using McpOperator.Bridge.Sessions;
using McpOperator.Protocol;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>Writes responses.</summary>
internal static class Replies
{
    /// <summary>Answers with a JSON-RPC error.</summary>
    /// <param name="response">The response.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">From <see cref="JsonRpcErrors"/>.</param>
    /// <param name="reason">One of <see cref="Api.BridgeReasons"/>.</param>
    /// <param name="message">What is wrong, and what would help.</param>
    /// <param name="id">The request's id; empty: <c>null</c>.</param>
    public static Task ErrorAsync(HttpResponse response, int status, int code, string reason, string message, ReadOnlyMemory<byte> id = default) =>
        JsonAsync(response, new(BridgeErrors.Write(id, code, reason, message)), status);

    /// <summary>Answers that there is no process now.</summary>
    public static Task UnavailableAsync(HttpResponse response, ServerUnavailableException why, ReadOnlyMemory<byte> id)
    {
        response.Headers.RetryAfter = Math.Ceiling(Math.Max(1, why.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ErrorAsync(response, StatusCodes.Status503ServiceUnavailable, JsonRpcErrors.InternalError, why.Reason, why.Message, id);
    }

    /// <summary>Answers with one message.</summary>
    public static async Task JsonAsync(HttpResponse response, Spliced message, int status = StatusCodes.Status200OK)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = message.Bytes;
        await response.StartAsync();
        await message.WriteAsync(response.BodyWriter);
    }

    /// <summary>Begins a stream of events.</summary>
    public static void BeginStream(HttpResponse response)
    {
        response.ContentType = SseWriter.ContentType;
        response.Headers.CacheControl = "no-store, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
