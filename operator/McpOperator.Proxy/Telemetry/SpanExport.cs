using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;

namespace McpOperator.Proxy.Telemetry;

/// <summary>
/// Sends spans to a collector by OTLP over HTTP, in its JSON form (OpenTelemetry Protocol 1.x, "OTLP/HTTP"), as the standard environment
/// variables say. Spans that the collector does not take away in time are dropped: tracing must not hold up the server.
/// </summary>
internal sealed class SpanExport : BackgroundService
{
    private const int MostWaiting = 2048;
    private const int MostInBatch = 512;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Uri _traces;
    private readonly string _service;
    private readonly IReadOnlyList<(string Name, string Value)> _headers;
    private readonly TimeProvider _time;
    private readonly ILogger<SpanExport> _log;
    private readonly ActivityListener _listener;
    private readonly Channel<Activity> _spans = Channel.CreateBounded<Activity>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropNewest });
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromSeconds(10) };

    private SpanExport(Uri traces, Func<string, string?> environment, TimeProvider time, ILogger<SpanExport> log)
    {
        (_traces, _time, _log) = (traces, time, log);
        _service = environment("OTEL_SERVICE_NAME") ?? "mcp-proxy";
        _headers = HeadersOf(environment("OTEL_EXPORTER_OTLP_HEADERS") ?? "");
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TraceContext.Source.Name,
            // A client that does not record its own part does not want ours either (W3C Trace Context, "Sampled Flag").
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData,
            ActivityStopped = span =>
            {
                if (span.Recorded)
                {
                    _spans.Writer.TryWrite(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The export that the environment asks for; nothing when it asks for none.</summary>
    /// <exception cref="IOException">The endpoint is no address.</exception>
    public static SpanExport? Of(Func<string, string?> environment, TimeProvider time, ILogger<SpanExport> log)
    {
        if (environment("OTEL_EXPORTER_OTLP_ENDPOINT") is not { Length: > 0 } endpoint)
        {
            return null;
        }

        // An endpoint may be written without a scheme; then the other variable says which one.
        var text = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : (environment("OTEL_EXPORTER_OTLP_INSECURE") == "true" ? "http://" : "https://") + endpoint;
        return Uri.TryCreate(text.TrimEnd('/') + "/v1/traces", UriKind.Absolute, out var traces) && traces.Scheme is "http" or "https"
            ? new(traces, environment, time, log)
            : throw new IOException($"OTEL_EXPORTER_OTLP_ENDPOINT: '{endpoint}' is no address; write one such as http://collector.observability:4318.");
    }

    public override void Dispose()
    {
        _listener.Dispose();
        _client.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SendAllAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SendAllAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest is sent on the way out.
        }
    }

    private static List<(string, string)> HeadersOf(string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .Select(pair => (pair[0].Trim(), Uri.UnescapeDataString(pair[1].Trim()))),
    ];

    private async Task SendAllAsync(CancellationToken ct)
    {
        while (true)
        {
            var batch = new List<Activity>();
            while (batch.Count < MostInBatch && _spans.Reader.TryRead(out var span))
            {
                batch.Add(span);
            }

            if (batch.Count == 0)
            {
                return;
            }

            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, _traces) { Content = new ByteArrayContent(Write(batch)) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                foreach (var (name, value) in _headers)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }

                using var response = await _client.SendAsync(request, ct);
                if (!response.IsSuccessStatusCode)
                {
                    _log.LogWarning("The collector at {Address} answered {Status}; {Spans} spans are lost", _traces, (int)response.StatusCode, batch.Count);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
            {
                _log.LogWarning("The collector at {Address} cannot be reached; {Spans} spans are lost: {Problem}", _traces, batch.Count, e.Message);
            }
        }
    }

    private byte[] Write(List<Activity> spans)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceSpans");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            Attributes(json, [new("service.name", _service), new("service.version", ProxyVersion.Text)]);
            json.WriteEndObject();
            json.WriteStartArray("scopeSpans");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", TraceContext.Source.Name);
            json.WriteEndObject();
            json.WriteStartArray("spans");
            foreach (var span in spans)
            {
                Write(json, span);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Ids in hexadecimal, times in nanoseconds as text: so has it the protocol's JSON form.</summary>
    private static void Write(Utf8JsonWriter json, Activity span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId.ToHexString());
        json.WriteString("spanId", span.SpanId.ToHexString());
        if (span.ParentSpanId != default)
        {
            json.WriteString("parentSpanId", span.ParentSpanId.ToHexString());
        }

        json.WriteString("name", span.DisplayName);
        json.WriteNumber("kind", 2); // SPAN_KIND_SERVER
        json.WriteString("startTimeUnixNano", Nanoseconds(span.StartTimeUtc));
        json.WriteString("endTimeUnixNano", Nanoseconds(span.StartTimeUtc + span.Duration));
        Attributes(json, span.Tags);
        if (span.Status == ActivityStatusCode.Error)
        {
            json.WriteStartObject("status");
            json.WriteNumber("code", 2); // STATUS_CODE_ERROR
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string?>> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (var (name, value) in attributes)
        {
            if (value is not null)
            {
                json.WriteStartObject();
                json.WriteString("key", name);
                json.WriteStartObject("value");
                json.WriteString("stringValue", value);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static string Nanoseconds(DateTime time) => ((time - DateTime.UnixEpoch).Ticks * 100).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
