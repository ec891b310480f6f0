using System.Diagnostics.Metrics;
using McpOperator.Objects;

namespace McpOperator.Signatures;

/// <summary>The numbers that this part of the operator shows.</summary>
public static class SignatureMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "mcp_operator";

    /// <summary>Verdicts, by <c>reason</c>.</summary>
    [Metric(MetricType.Counter, "reason")]
    public const string Verdicts = "mcp_operator_signature_verdicts_total";

    /// <summary>Verdicts that needed no registry, by <c>kind</c>: <c>good</c>, <c>bad</c>, <c>stale</c> (the registry was down), <c>joined</c> (somebody was asking already).</summary>
    [Metric(MetricType.Counter, "kind")]
    public const string CacheHits = "mcp_operator_signature_cache_hits_total";

    /// <summary>Requests to registries and their token servers, by status <c>code</c>; 0: no answer.</summary>
    [Metric(MetricType.Counter, "code")]
    public const string RegistryRequests = "mcp_operator_registry_requests_total";

    /// <summary>Seconds that a verdict took, by <c>cached</c>.</summary>
    [Metric(MetricType.Histogram, "cached")]
    public const string Duration = "mcp_operator_signature_verification_duration_seconds";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> VerdictCounter = Meter.CreateCounter<long>(Verdicts, description: "Verdicts about image signatures, by reason.");
    private static readonly Counter<long> HitCounter = Meter.CreateCounter<long>(CacheHits, description: "Verdicts that needed no registry.");
    private static readonly Counter<long> RequestCounter = Meter.CreateCounter<long>(RegistryRequests, description: "Requests to registries and their token servers.");
    private static readonly Histogram<double> DurationHistogram = Meter.CreateHistogram(
        Duration, description: "Seconds that a verdict took.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8] });

    internal static void Judged(SignatureVerdict verdict, bool cached, TimeSpan took)
    {
        VerdictCounter.Add(1, new KeyValuePair<string, object?>("reason", verdict.Reason));
        DurationHistogram.Record(took.TotalSeconds, new KeyValuePair<string, object?>("cached", cached));
    }

    internal static void Hit(string kind) => HitCounter.Add(1, new KeyValuePair<string, object?>("kind", kind));

    internal static void Requested(int status) => RequestCounter.Add(1, new KeyValuePair<string, object?>("code", status));
}
