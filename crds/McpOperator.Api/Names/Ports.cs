namespace McpOperator.Api;

/// <summary>Ports in a server's pod.</summary>
public static class Ports
{
    /// <summary>The proxy, the pod's only declared port.</summary>
    public const int Proxy = 18080;

    /// <summary>The bridge of a <c>stdio</c> server, on loopback.</summary>
    public const int Bridge = 18081;

    /// <summary>The proxy's metrics and health.</summary>
    public const int ProxyMetrics = 18090;

    /// <summary>Knative's queue-proxy, HTTP/1.</summary>
    public const int KnativeHttp1 = 8012;

    /// <summary>Knative's queue-proxy, HTTP/2.</summary>
    public const int KnativeHttp2 = 8013;

    /// <summary>Knative's queue-proxy, HTTPS.</summary>
    public const int KnativeHttps = 8112;

    /// <summary>Knative's queue-proxy, metrics for the autoscaler.</summary>
    public const int KnativeAutoscaler = 9090;

    /// <summary>Ports at which a server may not listen: the proxy's, and those that Knative's queue-proxy uses or reserves.</summary>
    public static IReadOnlyList<int> Reserved { get; } =
        [8008, KnativeHttp1, KnativeHttp2, 8022, KnativeHttps, KnativeAutoscaler, 9091, Proxy, Bridge, ProxyMetrics];
}
