using System.Diagnostics;
using System.Diagnostics.Metrics;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Surface;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Telemetry;

/// <summary>What the proxy counts. No label takes a value that a client can choose freely.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    private readonly Meter _meter = new(ProxyMetricNames.Meter);
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _operation;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _denials;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _hops;
    private readonly Counter<long> _auditDropped;
    private readonly Counter<long> _policyReads;
    private readonly Counter<long> _limitsAway;
    private readonly SurfaceWatch _surface;

    public ProxyMetrics(PolicyStore policies, SurfaceWatch surface, ServerState server)
    {
        _surface = surface;
        _requests = _meter.CreateCounter<long>(ProxyMetricNames.Requests, description: "Messages from clients.");
        _duration = _meter.CreateHistogram<double>(ProxyMetricNames.RequestDuration, "s", "Seconds from the first byte of a request to the last of its answer.");
        _operation = _meter.CreateHistogram<double>(ProxyMetricNames.OperationDuration, "s", "Duration of an MCP request as the server's side sees it.");
        _active = _meter.CreateUpDownCounter<long>(ProxyMetricNames.ActiveConnections, description: "HTTP requests that are being answered, streams included.");
        _denials = _meter.CreateCounter<long>(ProxyMetricNames.Denials, description: "Refused requests.");
        _dropped = _meter.CreateCounter<long>(ProxyMetricNames.UpstreamDropped, description: "Messages of the server that were not passed on.");
        _auditDropped = _meter.CreateCounter<long>(ProxyMetricNames.AuditDropped, description: "Audit lines that nobody took away in time.");
        _hops = _meter.CreateCounter<long>(ProxyMetricNames.PodHops, description: "Requests that belonged to another pod's session.");
        _limitsAway = _meter.CreateCounter<long>(ProxyMetricNames.LimitsUnavailable, description: "Tool calls' requests that the shared counters of the rate limits did not count.");
        _policyReads = _meter.CreateCounter<long>(ProxyMetricNames.PolicyReads, description: "Policies that were read.");
        policies.Read += isGood => _policyReads.Add(1, new KeyValuePair<string, object?>(ProxyMetricNames.Result, isGood ? "applied" : "rejected"));
        _meter.CreateObservableGauge(ProxyMetricNames.SurfaceDrift, () => surface.Withheld.Count, description: "Tools that are withheld because they are not as approved.");
        _meter.CreateObservableGauge(ProxyMetricNames.UpstreamReady, () => server.Profile is null ? 0 : 1, description: "1 when the server has completed a handshake.");
        _meter.CreateObservableGauge(
            ProxyMetricNames.PolicyInfo,
            () => policies.Current is { } policy ? [new(1, new KeyValuePair<string, object?>(ProxyMetricNames.Revision, policy.Revision))] : Array.Empty<Measurement<int>>(),
            description: "The policy in force.");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>A request begins.</summary>
    public void Begin() => _active.Add(1);

    /// <summary>A message of the server was not passed on.</summary>
    public void Dropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>(ProxyMetricNames.Reason, reason));

    /// <summary>An audit line was dropped.</summary>
    public void AuditDropped() => _auditDropped.Add(1);

    /// <summary>Calls could not be counted together with those of other pods.</summary>
    public void LimitsAway(LimitFallback fallback) => _limitsAway.Add(1, new KeyValuePair<string, object?>(ProxyMetricNames.Result, fallback switch
    {
        LimitFallback.Allow => "allowed",
        LimitFallback.PerPod => "per_pod",
        _ => "denied",
    }));

    /// <summary>A request belonged to another pod's session.</summary>
    public void PodHop(string result) => _hops.Add(1, new KeyValuePair<string, object?>(ProxyMetricNames.Result, result));

    /// <summary>A request has ended.</summary>
    public void End(Exchange exchange)
    {
        _active.Add(-1);
        var outcome = Outcome(exchange);
        if (exchange.Denial is { } denial)
        {
            _denials.Add(1, new KeyValuePair<string, object?>(ProxyMetricNames.Reason, denial.Reason));
        }

        var method = MethodLabel(exchange.Method);
        _requests.Add(
            1,
            new(ProxyMetricNames.Method, method),
            new(ProxyMetricNames.Tool, ToolLabel(exchange)),
            new(ProxyMetricNames.Outcome, outcome));
        // The duration of a stream says when somebody hung up.
        if (exchange.Message is { Kind: MessageKind.Request, Method: not McpMethods.Listen })
        {
            var seconds = Stopwatch.GetElapsedTime(exchange.Started).TotalSeconds;
            _duration.Record(seconds, new(ProxyMetricNames.Method, method), new(ProxyMetricNames.Outcome, outcome));
            if (outcome == ProxyMetricNames.Ok)
            {
                _operation.Record(seconds, new KeyValuePair<string, object?>(ProxyMetricNames.McpMethodName, method));
            }
            else
            {
                _operation.Record(seconds, new(ProxyMetricNames.McpMethodName, method), new(ProxyMetricNames.ErrorType, exchange.Denial?.Reason ?? outcome));
            }
        }
    }

    /// <summary>What became of a request, in one word.</summary>
    public static string Outcome(Exchange exchange) => exchange switch
    {
        { Denial: { HttpStatus: < 500 } } => ProxyMetricNames.Denied,
        { Denial: not null } or { HasFailed: true } => ProxyMetricNames.Error,
        _ => ProxyMetricNames.Ok,
    };

    private static string MethodLabel(string method) =>
        McpMethods.IsKnown(method) || method is "response" or "batch" or "GET" or "DELETE" ? method : ProxyMetricNames.Other;

    private string ToolLabel(Exchange exchange) => exchange.Calls switch
    {
        [] => "",
        [{ OwnName: { } own } call] when _surface.Current?.Names.Contains(own) == true => call.Tool,
        _ => ProxyMetricNames.Other,
    };
}
