using System.Buffers;
using System.Globalization;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Identity;
using McpOperator.Policy;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Answers that do not come from the server.</summary>
internal static class Answers
{
    /// <summary>Writes a refusal. What it says does not depend on how it is to be written: a client that reads only streams gets a stream.</summary>
    public static Task WriteAsync(Exchange exchange, Denial denial, CancellationToken ct)
    {
        var (http, response) = (exchange.Http, exchange.Http.Response);
        if (response.HasStarted)
        {
            http.Abort();
            return Task.CompletedTask;
        }

        response.Clear();
        response.StatusCode = denial.HttpStatus;
        if (denial.HttpStatus == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        if (exchange.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (exchange.HasPolicy && ChallengeOf(exchange, denial) is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        if (denial.HttpStatus == StatusCodes.Status405MethodNotAllowed)
        {
            response.Headers.Allow = "POST, GET, DELETE";
        }

        return WriteAsync(http, Message(exchange, denial), ct);
    }

    private static string? ChallengeOf(Exchange exchange, Denial denial)
    {
        var needed = exchange.Calls.Count > 0 ? exchange.Calls[^1].Decision.Scopes : null;
        // Since 2026-07-28 clients add a challenge's scopes to those that they have; before, servers name both (2025-11-25, Authorization,
        // "Runtime Insufficient Scope Errors").
        return ProtectedResource.ChallengeOf(denial, exchange.Policy.Table, exchange.Auth, needed, exchange.Revision.IsStateless ? null : exchange.Caller.Scopes);
    }

    /// <summary>Writes one message as JSON, or as a stream for a client that reads nothing else.</summary>
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        var response = http.Response;
        response.Headers.CacheControl = "no-store";
        if (ReadsOnlyStreams(http.Request))
        {
            var buffer = new ArrayBufferWriter<byte>(message.Length + 16);
            SseWriter.Write(buffer, message.Span, SseEvent.DefaultType);
            (response.ContentType, message) = (SseWriter.ContentType, buffer.WrittenMemory);
        }
        else
        {
            response.ContentType = "application/json";
        }

        response.ContentLength = message.Length;
        await response.Body.WriteAsync(message, ct);
    }

    /// <summary>The refusal as a message, or for a batch as one for each of its requests.</summary>
    public static byte[] Message(Exchange exchange, Denial denial)
    {
        if (!exchange.Body.IsBatch)
        {
            return Error(exchange, exchange.Id, denial);
        }

        using var buffer = new MemoryStream();
        var separator = (byte)'[';
        foreach (var request in exchange.Body.Messages.Where(message => message.Kind == MessageKind.Request))
        {
            var call = exchange.Calls.Find(call => ReferenceEquals(call.Message, request));
            var own = call is { Decision.IsAllowed: false } ? Denial.Of(call.Decision, call.Tool) : denial with { Reason = ProxyReasons.BatchRefused, Code = JsonRpcErrors.InvalidRequest, Message = "Another message of this batch was refused, so none was sent on." };
            buffer.WriteByte(separator);
            buffer.Write(Error(exchange, request.Id, exchange.Calls.Count == 0 ? denial : own));
            separator = (byte)',';
        }

        if (separator == (byte)'[')
        {
            return Error(exchange, default, denial);
        }

        buffer.WriteByte((byte)']');
        return buffer.ToArray();
    }

    private static byte[] Error(Exchange exchange, ReadOnlyMemory<byte> id, Denial denial) => JsonRpcWriter.Error(id, denial.Code, denial.Message, data => Data(data, exchange, denial));

    private static void Data(Utf8JsonWriter data, Exchange exchange, Denial denial)
    {
        data.WriteStartObject();
        data.WriteString("reason", denial.Reason);
        if (denial.Code == JsonRpcErrors.UnsupportedProtocolVersion)
        {
            data.WriteStartArray("supported");
            foreach (var revision in exchange.SupportedRevisions)
            {
                data.WriteStringValue(revision);
            }

            data.WriteEndArray();
            data.WriteString("requested", exchange.UnknownRevision);
        }

        data.WriteEndObject();
    }

    private static bool ReadsOnlyStreams(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains(SseWriter.ContentType, StringComparison.OrdinalIgnoreCase)
            && !accept.Contains("application/json", StringComparison.OrdinalIgnoreCase)
            && !accept.Contains("*/*", StringComparison.Ordinal)
            && !accept.Contains("application/*", StringComparison.OrdinalIgnoreCase);
    }
}
