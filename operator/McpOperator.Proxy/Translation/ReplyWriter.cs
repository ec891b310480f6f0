using System.Buffers;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Translation;

/// <summary>Answers a POST: with one JSON message when there is nothing but the answer, else with a stream that the answer ends.</summary>
internal sealed class ReplyWriter(HttpResponse response)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    /// <summary>Writes what comes before the answer.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        await StartStreamAsync(ct);
        await SendAsync(message, ct);
    }

    /// <summary>Writes the answer.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="status">The status, as long as nothing was written before.</param>
    /// <param name="ct">Gives it up.</param>
    public async Task EndAsync(ReadOnlyMemory<byte> message, int status, CancellationToken ct)
    {
        if (response.HasStarted)
        {
            await SendAsync(message, ct);
            return;
        }

        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = message.Length;
        await response.Body.WriteAsync(message, ct);
    }

    /// <summary>Begins a stream, if it has not begun.</summary>
    public async Task StartStreamAsync(CancellationToken ct)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.ContentType = SseWriter.ContentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(ct);
        await response.Body.FlushAsync(ct);
    }

    /// <summary>Writes a line that says nothing, so that nobody on the way takes a silent stream for a dead one.</summary>
    public async Task KeepAliveAsync(CancellationToken ct)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write(SseWriter.KeepAlive);
        await FlushAsync(ct);
    }

    /// <summary>Writes an event.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> data, CancellationToken ct, string? type = SseEvent.DefaultType)
    {
        _buffer.ResetWrittenCount();
        SseWriter.Write(_buffer, data.Span, type);
        await FlushAsync(ct);
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        await response.Body.WriteAsync(_buffer.WrittenMemory, ct);
        await response.Body.FlushAsync(ct);
    }
}
