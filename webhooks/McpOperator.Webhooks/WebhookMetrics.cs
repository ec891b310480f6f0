using System.Diagnostics.Metrics;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Webhooks;

/// <summary>What admission counts and measures.</summary>
public static class WebhookMetrics
{
    /// <summary>
    /// Decisions, by <c>kind</c>, <c>operation</c>, <c>outcome</c> (allowed, refused, failed) and <c>reason</c> (of the first broken rule).
    /// </summary>
    [Metric(MetricType.Counter, "kind", "operation", "outcome", "reason")]
    public const string Decisions = "mcp_operator_admission_decisions_total";

    /// <summary>Broken rules, by <c>kind</c>, <c>reason</c> and <c>effect</c> (refused, warned).</summary>
    [Metric(MetricType.Counter, "kind", "reason", "effect")]
    public const string Violations = "mcp_operator_admission_violations_total";

    /// <summary>Seconds until a decision, by <c>kind</c> and <c>webhook</c> (validate, mutate).</summary>
    [Metric(MetricType.Histogram, "kind", "webhook")]
    public const string Duration = "mcp_operator_admission_duration_seconds";

    /// <summary>Seconds until the serving certificate ends.</summary>
    [Metric(MetricType.Gauge)]
    public const string CertificateSeconds = "mcp_operator_webhook_certificate_remaining_seconds";

    private static readonly Meter Meter = new(KubeMetrics.MeterName);

    internal static readonly Counter<long> DecisionCount = Meter.CreateCounter<long>(Decisions, null, "Admission decisions.");
    internal static readonly Counter<long> ViolationCount = Meter.CreateCounter<long>(Violations, null, "Broken rules that admission found.");
    internal static readonly Histogram<double> Seconds = Meter.CreateHistogram<double>(Duration, "s", "Time until admission decided.");
    internal static readonly Gauge<double> Remaining = Meter.CreateGauge<double>(CertificateSeconds, "s", "Time until the webhook's certificate ends.");

    internal static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
