using System.Diagnostics.Metrics;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>What this library counts and measures. Instruments bear the names under which Prometheus shows them.</summary>
public static class KubeMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "mcp_operator";

    /// <summary>Requests to the API server, by <c>verb</c>, <c>resource</c> and <c>code</c> (0: no answer).</summary>
    [Metric(MetricType.Counter, "verb", "resource", "code")]
    public const string ApiRequests = "mcp_operator_api_requests_total";

    /// <summary>Seconds until a request's answer was there (a watch: until it began), by <c>verb</c> and <c>resource</c>.</summary>
    [Metric(MetricType.Histogram, "verb", "resource")]
    public const string ApiRequestDuration = "mcp_operator_api_request_duration_seconds";

    /// <summary>Objects that an informer holds, by <c>resource</c>.</summary>
    [Metric(MetricType.Gauge, "resource")]
    public const string InformerObjects = "mcp_operator_informer_objects";

    /// <summary>Full lists that informers made, by <c>resource</c>.</summary>
    [Metric(MetricType.Counter, "resource")]
    public const string InformerLists = "mcp_operator_informer_lists_total";

    /// <summary>Keys that wait for a worker, by <c>queue</c>.</summary>
    [Metric(MetricType.Gauge, "queue")]
    public const string QueueDepth = "mcp_operator_workqueue_depth";

    /// <summary>Seconds that a key waited for a worker, by <c>queue</c>.</summary>
    [Metric(MetricType.Histogram, "queue")]
    public const string QueueWait = "mcp_operator_workqueue_wait_seconds";

    /// <summary>Keys put back after a failure, by <c>queue</c>.</summary>
    [Metric(MetricType.Counter, "queue")]
    public const string QueueRetries = "mcp_operator_workqueue_retries_total";

    /// <summary>Finished reconciles, by <c>controller</c> and <c>outcome</c> (done, wait, blocked, conflict, error).</summary>
    [Metric(MetricType.Counter, "controller", "outcome")]
    public const string Reconciles = "mcp_operator_reconciles_total";

    /// <summary>Reconciles that ended with an exception other than a conflict, by <c>controller</c>.</summary>
    [Metric(MetricType.Counter, "controller")]
    public const string ReconcileErrors = "mcp_operator_reconcile_errors_total";

    /// <summary>Seconds that a reconcile took, by <c>controller</c>.</summary>
    [Metric(MetricType.Histogram, "controller")]
    public const string ReconcileDuration = "mcp_operator_reconcile_duration_seconds";

    /// <summary>1 while this process leads, by <c>lease</c>.</summary>
    [Metric(MetricType.Gauge, "lease")]
    public const string Leader = "mcp_operator_leader";

    /// <summary>Events that were not sent because the buffer was full or the API server refused, by <c>reason</c>.</summary>
    [Metric(MetricType.Counter, "reason")]
    public const string EventsDropped = "mcp_operator_events_dropped_total";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Requests = Meter.CreateCounter<long>(ApiRequests, null, "Requests to the API server.");
    internal static readonly Histogram<double> RequestSeconds =
        Meter.CreateHistogram<double>(ApiRequestDuration, "s", "Time until the API server answered.");
    internal static readonly UpDownCounter<long> Objects =
        Meter.CreateUpDownCounter<long>(InformerObjects, null, "Objects that an informer holds.");
    internal static readonly Counter<long> Lists = Meter.CreateCounter<long>(InformerLists, null, "Full lists that informers made.");
    internal static readonly UpDownCounter<long> Depth =
        Meter.CreateUpDownCounter<long>(QueueDepth, null, "Keys that wait for a worker.");
    internal static readonly Histogram<double> WaitSeconds =
        Meter.CreateHistogram<double>(QueueWait, "s", "Time that a key waited for a worker.");
    internal static readonly Counter<long> Retries = Meter.CreateCounter<long>(QueueRetries, null, "Keys put back after a failure.");
    internal static readonly Counter<long> ReconcileCount = Meter.CreateCounter<long>(Reconciles, null, "Finished reconciles.");
    internal static readonly Counter<long> Errors = Meter.CreateCounter<long>(ReconcileErrors, null, "Reconciles that failed.");
    internal static readonly Histogram<double> ReconcileSeconds =
        Meter.CreateHistogram<double>(ReconcileDuration, "s", "Time that a reconcile took.");
    internal static readonly Gauge<long> Leading = Meter.CreateGauge<long>(Leader, null, "1 while this process leads.");
    internal static readonly Counter<long> Dropped = Meter.CreateCounter<long>(EventsDropped, null, "Events that were not sent.");

    internal static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
