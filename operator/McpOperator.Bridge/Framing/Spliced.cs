using System.Buffers;
using System.IO.Pipelines;

namespace McpOperator.Bridge.Framing;

/// <summary>A message of which one part, at most, is written differently: an id. Nothing else of it is touched, and nothing is copied.</summary>
/// <param name="Text">The message, without line ends.</param>
/// <param name="Start">Where the part begins.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Replacement">What is written instead.</param>
internal readonly record struct Spliced(ReadOnlyMemory<byte> Text, int Start = 0, int Length = 0, ReadOnlyMemory<byte> Replacement = default)
{
    /// <summary>How much a pipe is given between two looks at whether its reader keeps up.</summary>
    private const int Chunk = 64 * 1024;

    /// <summary>Its bytes as written.</summary>
    public long Bytes => Text.Length - Length + Replacement.Length;

    /// <summary>Writes it, and waits for a reader that falls behind.</summary>
    /// <returns>Whether there still is a reader.</returns>
    public async ValueTask<bool> WriteAsync(PipeWriter writer)
    {
        if (Text.Length <= Chunk)
        {
            writer.Write(Text.Span[..Start]);
            writer.Write(Replacement.Span);
            writer.Write(Text.Span[(Start + Length)..]);
            return true;
        }

        return await WriteInChunksAsync(writer, Text[..Start])
            && await WriteInChunksAsync(writer, Replacement)
            && await WriteInChunksAsync(writer, Text[(Start + Length)..]);
    }

    /// <summary>Its bytes, in one piece.</summary>
    public byte[] ToArray() => [.. Text.Span[..Start], .. Replacement.Span, .. Text.Span[(Start + Length)..]];

    private static async ValueTask<bool> WriteInChunksAsync(PipeWriter writer, ReadOnlyMemory<byte> bytes)
    {
        for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(Chunk, rest.Length)..])
        {
            writer.Write(rest.Span[..Math.Min(Chunk, rest.Length)]);
            if ((await writer.FlushAsync()).IsCompleted)
            {
                return false;
            }
        }

        return true;
    }
}
