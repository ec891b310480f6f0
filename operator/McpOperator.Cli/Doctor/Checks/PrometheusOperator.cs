namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether servers' metrics are scraped.</summary>
internal sealed class PrometheusOperator : ICheck
{
    public string Name => "prometheus-operator";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        yield return await patient.ServesAsync("servicemonitors.monitoring.coreos.com", ct)
            ? Finding.Ok("The Prometheus Operator's ServiceMonitor is there.")
            : Finding.Warning("The Prometheus Operator is missing: nobody scrapes servers' metrics.", "Install it (kube-prometheus-stack); the operator notices without a restart. On OpenShift enable monitoring of user workloads.");
    }
}
