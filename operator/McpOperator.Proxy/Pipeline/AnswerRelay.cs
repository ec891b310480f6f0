using System.Buffers;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Passes a server's answer back: byte for byte, but for lists of tools, which are filtered, and session ids, which are sealed. What answers
/// another request than the one that was asked does not go through: clients match answers by id alone, wherever they come from.
/// </summary>
internal sealed class AnswerRelay(StreamRelay streams, MessageFilter filter, SessionSeal seal, PodAddress pod, ServeOptions options)
{
    private const int BufferBytes = 16 * 1024;

    private readonly JsonLimits _limits = AnswerLimits.Of(options);

    /// <summary>Passes it back.</summary>
    /// <returns>Why it cannot be passed back.</returns>
    public Task<Denial?> RunAsync(Exchange exchange, HttpResponseMessage response, CancellationToken ct)
    {
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            return Task.FromResult<Denial?>(Refusals.UpstreamMalformed("it is compressed, which nobody asked for"));
        }

        var isOpening = exchange.Asks(McpMethods.Initialize);
        var isLookedAt = isOpening || exchange.Body.IsBatch || exchange.Asks(McpMethods.ToolsList);
        return type switch
        {
            SseWriter.ContentType => streams.RunAsync(exchange, response, isOpening, ct),
            "application/json" when isLookedAt => WholeAsync(exchange, response, isOpening, ct),
            "application/json" => GuardedAsync(exchange, response, ct),
            // A list that does not say that it is one would pass unread.
            _ when isLookedAt && response.IsSuccessStatusCode && response.Content.Headers.ContentLength != 0 && response.StatusCode != System.Net.HttpStatusCode.Accepted =>
                Task.FromResult<Denial?>(Refusals.UpstreamMalformed($"its content type '{type}' is neither application/json nor {SseWriter.ContentType}")),
            _ => RawAsync(exchange, response, ct),
        };
    }

    private static async Task<Denial?> RawAsync(Exchange exchange, HttpResponseMessage response, CancellationToken ct)
    {
        Begin(exchange, response, sameLength: true);
        exchange.HasFailed |= !response.IsSuccessStatusCode;
        await exchange.Http.Response.StartAsync(ct);
        await RawRelay.CopyAsync(response, exchange.Http.Response, ct);
        return null;
    }

    private async Task<Denial?> WholeAsync(Exchange exchange, HttpResponseMessage response, bool isOpening, CancellationToken ct)
    {
        if (await RawRelay.ReadAsync(response, options.MaxAnswerBytes, ct) is not { } body)
        {
            return Refusals.UpstreamMalformed($"it has more than {options.MaxAnswerBytes} bytes");
        }

        if (StrictJson.Check(body, _limits) is { } broken)
        {
            return Refusals.UpstreamMalformed(broken);
        }

        if (filter.Apply(exchange, JsonText.Trim(body)) is not { } message)
        {
            return Refusals.UpstreamMalformed("it answers another request");
        }

        Begin(exchange, response, sameLength: false);
        if (isOpening)
        {
            OpenSession(exchange, response, message);
        }

        exchange.Http.Response.ContentLength = message.Length;
        await exchange.Http.Response.Body.WriteAsync(message, ct);
        return null;
    }

    /// <summary>
    /// Passes a body on as it comes, but keeps the last piece back until it is clear which request it answers: without it, no client can read
    /// the rest.
    /// </summary>
    private static async Task<Denial?> GuardedAsync(Exchange exchange, HttpResponseMessage response, CancellationToken ct)
    {
        var to = exchange.Http.Response;
        var scanner = new EnvelopeScanner();
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        using var one = MemoryPool<byte>.Shared.Rent(BufferBytes);
        using var other = MemoryPool<byte>.Shared.Rent(BufferBytes);
        var (kept, next) = (one.Memory, other.Memory);
        var length = await body.ReadAsync(kept, ct);
        scanner.Append(kept.Span[..length]);
        var whole = response.Content.Headers.ContentLength == length;
        while (!whole && length > 0)
        {
            var read = await body.ReadAsync(next, ct);
            if (read == 0)
            {
                break;
            }

            scanner.Append(next.Span[..read]);
            if (!to.HasStarted)
            {
                Begin(exchange, response, sameLength: true);
            }

            await to.Body.WriteAsync(kept[..length], ct);
            await to.Body.FlushAsync(ct);
            (kept, next, length) = (next, kept, read);
        }

        if (!MessageFilter.Belongs(scanner, exchange, response.IsSuccessStatusCode))
        {
            return Refusals.UpstreamMalformed("it answers another request");
        }

        exchange.HasFailed |= scanner.HasError || !response.IsSuccessStatusCode;
        if (!to.HasStarted)
        {
            Begin(exchange, response, sameLength: true);
        }

        await to.Body.WriteAsync(kept[..length], ct);
        return null;
    }

    private static void Begin(Exchange exchange, HttpResponseMessage response, bool sameLength)
    {
        exchange.Http.Response.StatusCode = (int)response.StatusCode;
        ForwardedHeaders.CopyToClient(response, exchange.Http.Response, sameLength);
    }

    private void OpenSession(Exchange exchange, HttpResponseMessage response, ReadOnlyMemory<byte> message) =>
        SealSession(exchange, response, message, seal, pod);

    /// <summary>Seals the id of a session that the server has opened.</summary>
    internal static void SealSession(Exchange exchange, HttpResponseMessage response, ReadOnlyMemory<byte> message, SessionSeal seal, PodAddress pod)
    {
        if (response.IsSuccessStatusCode && response.Headers.NonValidated.TryGetValues(McpHeaders.SessionId, out var ids) && ids.Count == 1)
        {
            exchange.Http.Response.Headers[McpHeaders.SessionId] = seal.Seal(new()
            {
                Pod = pod.Text,
                Upstream = ids.ToString(),
                Owner = SessionOwner.Of(exchange.Caller),
                Revision = JsonText.Unquote(JsonText.Member(JsonText.Member(message, "result"), McpParams.ProtocolVersion)),
            });
        }
    }
}
