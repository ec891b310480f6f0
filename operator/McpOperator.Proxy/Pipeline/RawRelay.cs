using System.Buffers;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Passes a body on as it comes, without waiting for its end.</summary>
internal static class RawRelay
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Copies a body and flushes what has come each time.</summary>
    public static async Task CopyAsync(HttpResponseMessage from, HttpResponse to, CancellationToken ct)
    {
        await using var body = await from.Content.ReadAsStreamAsync(ct);
        while (true)
        {
            var read = await body.ReadAsync(to.BodyWriter.GetMemory(BufferBytes), ct);
            if (read == 0)
            {
                return;
            }

            to.BodyWriter.Advance(read);
            await to.BodyWriter.FlushAsync(ct);
        }
    }

    /// <summary>Reads a whole body.</summary>
    /// <returns>The body; nothing when it is longer than allowed.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage from, int most, CancellationToken ct)
    {
        if (from.Content.Headers.ContentLength > most)
        {
            return null;
        }

        await using var body = await from.Content.ReadAsStreamAsync(ct);
        var buffer = new ArrayBufferWriter<byte>((int)(from.Content.Headers.ContentLength ?? 4096) + 1);
        while (true)
        {
            var read = await body.ReadAsync(buffer.GetMemory(1), ct);
            if (read == 0)
            {
                return buffer.WrittenMemory;
            }

            buffer.Advance(read);
            if (buffer.WrittenCount > most)
            {
                return null;
            }
        }
    }
}
