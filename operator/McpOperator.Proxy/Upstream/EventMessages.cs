using System.Runtime.CompilerServices;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Upstream;

/// <summary>Reads the events of an HTTP answer.</summary>
internal static class EventMessages
{
    /// <summary>All events with data, each with a copy of it.</summary>
    public static async IAsyncEnumerable<SseEvent> ReadAsync(Stream body, JsonLimits limits, [EnumeratorCancellation] CancellationToken ct)
    {
        var reader = new SseReader(limits.MaxBytes);
        var buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, ct) is > 0 and var read)
        {
            reader.Append(buffer.AsSpan(0, read));
            while (reader.Read() is { } sent)
            {
                if (sent.HasData && !JsonText.Trim(sent.Data).IsEmpty)
                {
                    yield return sent with { Raw = default, Data = sent.Data.ToArray() };
                }
            }
        }
    }

    /// <summary>The message in an event or in a body; nothing when it is none that everybody reads alike.</summary>
    public static ReadOnlyMemory<byte>? Message(ReadOnlyMemory<byte> text, JsonLimits limits) =>
        StrictJson.Check(text, limits) is null && JsonText.Trim(text) is var message && JsonText.IsObject(message) ? message : null;

    /// <summary>Whether a message answers the request of this id.</summary>
    public static bool Answers(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> id) =>
        JsonText.Member(message, "method").IsEmpty && JsonText.AreSameId(JsonText.Member(message, "id"), id);
}
