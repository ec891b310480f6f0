using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// The headless Service by which Prometheus finds the proxies. A number as target port needs no declared port, and the proxy may declare
/// none besides its own (Knative: one port in the whole pod).
/// </summary>
internal static class MetricsServiceGenerator
{
    public const string PortName = "metrics";

    public static Child Make(ServerInput input)
    {
        var name = ChildNames.Metrics(input.Name());
        if (!Monitoring.IsRequested(input.Server.Spec))
        {
            return Child.None<V1Service>(name);
        }

        return Child.Of(new V1Service
        {
            Metadata = ChildMeta.For(input, name, Labels.MetricsRole),
            Spec = new()
            {
                ClusterIP = "None",
                Selector = ChildMeta.PodsOf(input),
                Ports = [new() { Name = PortName, Port = Ports.ProxyMetrics, TargetPort = Ports.ProxyMetrics, Protocol = "TCP" }],
            },
        });
    }
}

/// <summary>Tells the Prometheus Operator to scrape the metrics Service.</summary>
internal static class ServiceMonitorGenerator
{
    public static Child Make(ServerInput input)
    {
        var name = ChildNames.Workload(input.Name());
        if (!Monitoring.IsRequested(input.Server.Spec))
        {
            return Child.None<V1ServiceMonitor>(name);
        }

        var monitoring = input.Configuration.Monitoring;
        var meta = ChildMeta.For(input, name);
        var labels = new SortedDictionary<string, string>(monitoring.Labels.ToDictionary(), StringComparer.Ordinal);
        foreach (var (key, value) in meta.Labels!)
        {
            labels[key] = value;
        }

        return Child.Of(new V1ServiceMonitor
        {
            Metadata = meta with { Labels = labels },
            Spec = new()
            {
                JobLabel = Labels.Server,
                TargetLabels = [Labels.Server, Labels.Tenant],
                Selector = new()
                {
                    MatchLabels = new SortedDictionary<string, string>(StringComparer.Ordinal)
                    {
                        [Labels.Role] = Labels.MetricsRole,
                        [Labels.Server] = input.Name(),
                    },
                },
                Endpoints =
                [
                    new() { Port = MetricsServiceGenerator.PortName, Path = "/metrics", Interval = input.Server.Spec.Telemetry?.Prometheus?.Interval ?? monitoring.Interval },
                ],
            },
        });
    }
}

/// <summary>Whether a server wants to be scraped.</summary>
public static class Monitoring
{
    /// <summary>It does unless it says otherwise.</summary>
    public static bool IsRequested(MCPServerSpec spec) => spec.Telemetry?.Prometheus?.Enabled ?? true;
}
