using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace McpOperator.Bridge.Framing;

/// <summary>
/// Writes messages to a server's standard input, one a line. Whoever writes waits while the server does not read, so that nothing
/// piles up here.
/// </summary>
internal sealed class MessageWriter : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    // The writer's own thread sends, as long as the server keeps up.
    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024, useSynchronizationContext: false));

    /// <param name="input">Our end of the pipe.</param>
    public MessageWriter(Socket input) => _ = SendAsync(input);

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ct">Gives up as long as the message has not been begun.</param>
    /// <returns>Whether the server can still be written to.</returns>
    public async ValueTask<bool> WriteAsync(Spliced message, CancellationToken ct = default)
    {
        await _turn.WaitAsync(ct);
        try
        {
            if (!await message.WriteAsync(_pipe.Writer))
            {
                return false;
            }

            _pipe.Writer.Write("\n"u8);
            return !(await _pipe.Writer.FlushAsync(CancellationToken.None)).IsCompleted;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pipe.Reader.CancelPendingRead();

    private async Task SendAsync(Socket input)
    {
        try
        {
            while (true)
            {
                var read = await _pipe.Reader.ReadAsync();
                if (read.IsCanceled)
                {
                    break;
                }

                foreach (var segment in read.Buffer)
                {
                    for (var rest = segment; !rest.IsEmpty;)
                    {
                        rest = rest[await input.SendAsync(rest, SocketFlags.None)..];
                    }
                }

                _pipe.Reader.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It reads no more: whoever writes is told so.
        }

        await _pipe.Reader.CompleteAsync();
    }
}
