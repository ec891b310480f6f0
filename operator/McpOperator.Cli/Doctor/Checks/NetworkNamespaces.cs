using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the namespaces that network policies name are there, and bear the label by which policies find them.</summary>
internal sealed class NetworkNamespaces : ICheck
{
    public string Name => "namespaces";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var network = patient.Configuration.Network;
        var named = network.GatewayNamespaces.Select(n => (n, Field: "network.gatewayNamespaces"))
            .Concat(network.MonitoringNamespaces.Select(n => (n, Field: "network.monitoringNamespaces")))
            .Append((network.DnsNamespace, "network.dnsNamespace")).Append((network.OperatorNamespace, "network.operatorNamespace"));
        foreach (var (name, field) in named)
        {
            var found = await patient.Client.GetAsync<V1Namespace>(name, null, ct);
            yield return found is null && field == "network.dnsNamespace" ? Finding.Problem($"{field} names {name}, which does not exist: servers resolve no names.", "Name the namespace of the cluster's DNS in the operator's configuration.")
                : found is null ? Finding.Warning($"{field} names {name}, which does not exist.", $"Correct {field} in the operator's configuration, or install what belongs there.")
                : found.Metadata.Labels?.GetValueOrDefault(Labels.NamespaceName) != name ? Finding.Problem($"Namespace {name} ({field}) lacks the label {Labels.NamespaceName}, by which network policies find it; API servers before 1.21 do not set it.", $"kubectl label namespace {name} {Labels.NamespaceName}={name}")
                : Finding.Ok($"Namespace {name} ({field}) is there.");
        }
    }
}
