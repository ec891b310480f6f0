using System.Buffers;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Sessions;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Passes a stream of events on, each as it comes.</summary>
internal sealed class StreamRelay(MessageFilter filter, SessionSeal seal, PodAddress pod, ServeOptions options)
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Passes it on to its end.</summary>
    /// <param name="exchange">The request that it answers.</param>
    /// <param name="response">The server's answer.</param>
    /// <param name="isOpening">Whether it answers <c>initialize</c>: then the session's id, a header, needs what stands in the body.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<Denial?> RunAsync(Exchange exchange, HttpResponseMessage response, bool isOpening, CancellationToken ct)
    {
        var to = exchange.Http.Response;
        to.StatusCode = (int)response.StatusCode;
        ForwardedHeaders.CopyToClient(response, to, sameLength: false);
        // Said to gateways in front of us, which would otherwise collect events before they pass them on.
        to.Headers["X-Accel-Buffering"] = "no";
        if (!isOpening)
        {
            await to.StartAsync(ct);
            await to.Body.FlushAsync(ct);
        }

        var reader = new SseReader(options.MaxAnswerBytes);
        var output = new ArrayBufferWriter<byte>();
        using var input = MemoryPool<byte>.Shared.Rent(BufferBytes);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        while (await body.ReadAsync(input.Memory, ct) is > 0 and var read)
        {
            reader.Append(input.Memory.Span[..read]);
            while (reader.Read() is { } sent)
            {
                if (!filter.Passes(exchange, sent, out var data))
                {
                    continue;
                }

                if (isOpening && sent.HasData && !sent.Data.IsEmpty)
                {
                    AnswerRelay.SealSession(exchange, response, sent.Data, seal, pod);
                    isOpening = false;
                }

                if (data.IsEmpty)
                {
                    output.Write(sent.Raw.Span);
                }
                else
                {
                    SseWriter.WriteWithData(output, sent, data.Span);
                }
            }

            // Before the session's id is known, nothing may go out.
            if (!isOpening && output.WrittenCount > 0)
            {
                await to.Body.WriteAsync(output.WrittenMemory, ct);
                await to.Body.FlushAsync(ct);
                output.ResetWrittenCount();
            }
        }

        if (output.WrittenCount > 0)
        {
            await to.Body.WriteAsync(output.WrittenMemory, ct);
        }

        return null;
    }
}
