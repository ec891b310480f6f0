using McpOperator.Objects;

namespace McpOperator.Api;

/// <summary>The proxy's metrics, their labels, and the values that are words of ours.</summary>
public static class ProxyMetricNames
{
    /// <summary>The meter to which all of them belong.</summary>
    public const string Meter = "McpOperator.Proxy";

    /// <summary>Counts messages from clients, by method, tool and outcome.</summary>
    [Metric(MetricType.Counter, Method, Tool, Outcome)]
    public const string Requests = "mcp_proxy_requests_total";

    /// <summary>Seconds from the first byte of a request to the last of its answer, by method and outcome. Streams without end are left out.</summary>
    [Metric(MetricType.Histogram, Method, Outcome)]
    public const string RequestDuration = "mcp_proxy_request_duration_seconds";

    /// <summary>OpenTelemetry's name for the duration of an MCP request as a server sees it, by method and error type.</summary>
    [Metric(MetricType.Histogram, "mcp_method_name", "error_type")]
    public const string OperationDuration = "mcp.server.operation.duration";

    /// <summary>HTTP requests that are being answered, streams included.</summary>
    [Metric(MetricType.Gauge)]
    public const string ActiveConnections = "mcp_proxy_active_connections";

    /// <summary>Counts refusals, by reason.</summary>
    [Metric(MetricType.Counter, Reason)]
    public const string Denials = "mcp_proxy_denials_total";

    /// <summary>Tools that are withheld because they are not as approved.</summary>
    [Metric(MetricType.Gauge)]
    public const string SurfaceDrift = "mcp_proxy_surface_drift";

    /// <summary>1 for the policy in force, by its revision.</summary>
    [Metric(MetricType.Gauge, Revision)]
    public const string PolicyInfo = "mcp_proxy_policy_info";

    /// <summary>Counts policies that were read, by result: applied or rejected.</summary>
    [Metric(MetricType.Counter, Result)]
    public const string PolicyReads = "mcp_proxy_policy_reads_total";

    /// <summary>1 when the server has completed a handshake.</summary>
    [Metric(MetricType.Gauge)]
    public const string UpstreamReady = "mcp_proxy_upstream_ready";

    /// <summary>Counts messages of the server that were not passed on, by reason.</summary>
    [Metric(MetricType.Counter, Reason)]
    public const string UpstreamDropped = "mcp_proxy_upstream_dropped_total";

    /// <summary>Counts audit lines that were dropped because nobody took them away in time.</summary>
    [Metric(MetricType.Counter)]
    public const string AuditDropped = "mcp_proxy_audit_dropped_total";

    /// <summary>Counts requests that belonged to another pod's session, by result: answered or gone.</summary>
    [Metric(MetricType.Counter, Result)]
    public const string PodHops = "mcp_proxy_pod_hops_total";

    /// <summary>
    /// Counts requests with tool calls that the shared counters of the rate limits did not count, by what became of them: denied, per_pod
    /// (counted in this pod alone) or allowed.
    /// </summary>
    [Metric(MetricType.Counter, Result)]
    public const string LimitsUnavailable = "mcp_proxy_limits_unavailable_total";

    /// <summary>Label: the JSON-RPC method; <c>other</c> for one that MCP does not have.</summary>
    public const string Method = "method";

    /// <summary>Label: the tool as the caller named it; <c>other</c> for one that the server is not known to have.</summary>
    public const string Tool = "tool";

    /// <summary>Label: <see cref="Ok"/>, <see cref="Error"/> or <see cref="Denied"/>.</summary>
    public const string Outcome = "outcome";

    /// <summary>Label: why.</summary>
    public const string Reason = "reason";

    /// <summary>Label: what became of it.</summary>
    public const string Result = "result";

    /// <summary>Label: the policy's revision.</summary>
    public const string Revision = "revision";

    /// <summary>OpenTelemetry's attribute for the method.</summary>
    public const string McpMethodName = "mcp.method.name";

    /// <summary>OpenTelemetry's attribute for the tool.</summary>
    public const string ToolName = "gen_ai.tool.name";

    /// <summary>OpenTelemetry's attribute for the kind of error.</summary>
    public const string ErrorType = "error.type";

    /// <summary>Outcome: answered without error.</summary>
    public const string Ok = "ok";

    /// <summary>Outcome: the server or the way to it failed; a JSON-RPC error or a tool's own counts too.</summary>
    public const string Error = "error";

    /// <summary>Outcome: refused here.</summary>
    public const string Denied = "denied";

    /// <summary>The value of a label for everything that has none of its own.</summary>
    public const string Other = "other";
}
