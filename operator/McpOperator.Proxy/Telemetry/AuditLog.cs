using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;

namespace McpOperator.Proxy.Telemetry;

/// <summary>
/// One JSON line for each call, refused ones included, on standard output. Written by one thread, so that lines stay whole, and those of a busy
/// moment together. Requests never wait for it: when nobody takes the lines away, further ones are dropped, and counted.
/// </summary>
internal sealed class AuditLog(Stream output, TimeProvider time, ProxyMetrics metrics) : BackgroundService
{
    private const int MostWaiting = 4096;
    private const int MostCharacters = 256;
    private const int MostArgumentBytes = 4096;
    private const int MostBatchBytes = 32 * 1024;

    /// <summary>How long lines wait for others to be written with.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);

    /// <summary>A line is put together in memory that is used again and again.</summary>
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _writer;

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>Records what became of a request: its calls, or that it was refused.</summary>
    public void Write(Exchange exchange)
    {
        if (exchange.HasPolicy && exchange.Policy.Document.Audit.Enabled && (exchange.Calls.Count > 0 || exchange.Denial is not null) && !_lines.Writer.TryWrite(Line(exchange)))
        {
            metrics.AuditDropped();
        }
    }

    /// <summary>On a thread of its own: a pipe that nobody reads blocks whoever writes.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(WriteLines, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void WriteLines()
    {
        var batch = new ArrayBufferWriter<byte>(MostBatchBytes);
        // Ends by StopAsync, after the last request.
        while (_lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Thread.Sleep(Gathering);
            while (batch.WrittenCount < MostBatchBytes && _lines.Reader.TryRead(out var line))
            {
                batch.Write(line);
            }

            output.Write(batch.WrittenSpan);
            output.Flush();
            batch.ResetWrittenCount();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _lines.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken);
        }

        await base.StopAsync(cancellationToken);
    }

    private byte[] Line(Exchange exchange)
    {
        var (buffer, json) = _writer ??= Writer();
        buffer.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("audit", "mcp");
        Span<byte> now = stackalloc byte[24];
        time.GetUtcNow().TryFormat(now, out _, "yyyy-MM-ddTHH:mm:ss.fffZ");
        json.WriteString("time", now);
        json.WriteString("server", exchange.Policy.Server);
        json.WriteString("method", Cut(exchange.Method));
        Text(json, "user", exchange.Caller.User);
        Text(json, "client", exchange.Caller.Client);
        Text(json, "agent", exchange.Caller.Agent);
        Text(json, "session", exchange.Calls.FirstOrDefault()?.Decision.Session ?? exchange.Caller.Session);
        Calls(json, exchange);
        json.WriteString("outcome", ProxyMetrics.Outcome(exchange));
        Text(json, "reason", exchange.Denial?.Reason);
        Text(json, "limits", exchange.LimitsAway ? "unavailable" : null);
        json.WriteString("policyRevision", exchange.Policy.Revision);
        json.WriteNumber("latencyMs", Math.Round(Stopwatch.GetElapsedTime(exchange.Started).TotalMilliseconds, 3));
        Text(json, "traceId", TraceContext.TraceIdOf(exchange));
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) Writer()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer));
    }

    private static void Calls(Utf8JsonWriter json, Exchange exchange)
    {
        if (exchange.Calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("calls");
        foreach (var call in exchange.Calls)
        {
            json.WriteStartObject();
            json.WriteString("tool", Cut(call.Tool));
            json.WriteString("decision", call.Decision.IsAllowed ? "allow" : "deny");
            json.WriteString("reason", call.Reason);
            Text(json, "wouldDeny", call.Decision.WouldDeny);
            Text(json, "grant", call.Decision.Grant);
            if (exchange.Policy.Document.Audit.IncludeArguments && JsonText.Member(call.Message.Params, McpParams.Arguments) is { IsEmpty: false } arguments)
            {
                if (arguments.Length <= MostArgumentBytes)
                {
                    json.WritePropertyName("arguments");
                    json.WriteRawValue(arguments.Span, skipInputValidation: true);
                }
                else
                {
                    json.WriteString("argumentsCut", Encoding.UTF8.GetString(arguments.Span[..MostArgumentBytes]));
                    json.WriteNumber("argumentsBytes", arguments.Length);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, Cut(value));
        }
    }

    private static string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters] + "…";
}
