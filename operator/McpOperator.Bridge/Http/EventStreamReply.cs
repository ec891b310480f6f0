using System.Buffers;
using System.Text;
using McpOperator.Bridge.Sessions;
using McpOperator.Protocol;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>
/// Brings a session's stream to a client. A single answer that comes soon is plain JSON; as soon as anything else comes, or nothing
/// for a while, it becomes a stream of events, to which a client whose connection broke can come back.
/// </summary>
/// <param name="options">When to stream, and how often to say that the connection lives.</param>
/// <param name="context">The HTTP request.</param>
/// <param name="stream">The stream.</param>
/// <param name="hasIds">Whether events carry ids: 2026-07-28 has no coming back.</param>
internal sealed class EventStreamReply(BridgeOptions options, HttpContext context, EventStream stream, bool hasIds)
{
    private readonly long _began = Environment.TickCount64;
    private long _lastWritten = Environment.TickCount64;

    /// <summary>Whether it is a stream of events by now.</summary>
    public bool IsStream { get; private set; }

    /// <summary>Whether the client saw an empty event with an id first, so that it can come back (since 2025-11-25).</summary>
    public bool Primes { get; init; }

    /// <summary>The status of an answer that is plain JSON.</summary>
    public Func<int> Status { get; init; } = () => StatusCodes.Status200OK;

    /// <summary>Called before anything is written.</summary>
    public Action Beginning { get; init; } = () => { };

    /// <summary>Asked now and then whether to wait any longer.</summary>
    public Func<bool> IsHopeless { get; init; } = () => false;

    /// <summary>Begins the stream of events at once.</summary>
    public async Task BeginAsync()
    {
        Beginning();
        IsStream = true;
        Replies.BeginStream(context.Response);
        await context.Response.StartAsync();
        if (Primes)
        {
            context.Response.BodyWriter.Write(Encoding.ASCII.GetBytes($"id: {stream.Number}-{stream.Position}\ndata:\n\n"));
        }

        await FlushAsync();
    }

    /// <summary>Writes until the stream ends, or the client has gone.</summary>
    /// <param name="reader">Our attachment to the stream.</param>
    /// <returns>Whether the client got all.</returns>
    public async Task<bool> RunAsync(int reader)
    {
        while (!context.RequestAborted.IsCancellationRequested)
        {
            var item = await stream.NextAsync(reader);
            switch (item.Kind)
            {
                case StreamItemKind.End:
                    return true;
                case StreamItemKind.Message when item.IsLast && !IsStream && item.Number == 0:
                    Beginning();
                    await Replies.JsonAsync(context.Response, item.Message, Status());
                    return true;
                case StreamItemKind.Message:
                    await WriteEventAsync(item);
                    break;
                default:
                    if (IsHopeless())
                    {
                        return true;
                    }

                    await KeepAliveAsync();
                    break;
            }
        }

        return false;
    }

    private async Task WriteEventAsync(StreamItem item)
    {
        if (!IsStream)
        {
            await BeginAsync();
        }

        var writer = context.Response.BodyWriter;
        if (hasIds)
        {
            writer.Write(Encoding.ASCII.GetBytes($"id: {stream.Number}-{item.Number + 1}\n"));
        }

        writer.Write("data: "u8);
        await item.Message.WriteAsync(writer);
        writer.Write("\n\n"u8);
        await FlushAsync();
    }

    private async Task KeepAliveAsync()
    {
        var now = Environment.TickCount64;
        // Without ids there is nothing to come back to, and an answer's status can still say more.
        if (!IsStream && now - _began >= (hasIds ? options.StreamAfter : options.KeepAlive).TotalMilliseconds)
        {
            await BeginAsync();
        }
        else if (IsStream && now - _lastWritten >= options.KeepAlive.TotalMilliseconds)
        {
            context.Response.BodyWriter.Write(SseWriter.KeepAlive);
            await FlushAsync();
        }
    }

    private async Task FlushAsync()
    {
        _lastWritten = Environment.TickCount64;
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
