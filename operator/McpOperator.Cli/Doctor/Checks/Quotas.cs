using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether tenants have come to the end of what they may have.</summary>
internal sealed class Quotas : ICheck
{
    public string Name => "quotas";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var quotas = patient.Configuration.Quotas;
        var (labels, counts) = (new Dictionary<string, IReadOnlyDictionary<string, string>?>(), new SortedDictionary<string, int>(StringComparer.Ordinal));
        await foreach (var ns in patient.Client.ListAsync<V1Namespace>(ct: ct))
        {
            labels[ns.Metadata.Name] = ns.Metadata.Labels;
        }

        await foreach (var server in patient.Client.ListAsync<MCPServer>(ct: ct))
        {
            var ns = server.Metadata.NamespaceProperty!;
            var tenant = Tenants.Of(ns, labels.GetValueOrDefault(ns));
            counts[tenant] = counts.GetValueOrDefault(tenant) + 1;
        }

        var full = counts.Where(c => c.Value >= quotas.Tenants.GetValueOrDefault(c.Key, quotas.Default).MaxServersPerTenant).ToList();
        foreach (var (tenant, count) in full)
        {
            yield return Finding.Warning(
                $"Tenant {tenant} has {count} servers of {quotas.Tenants.GetValueOrDefault(tenant, quotas.Default).MaxServersPerTenant}; {(quotas.Mode == QuotaMode.Enforced ? "a further one is refused" : "nothing is refused, as quotas are unbounded")}.",
                $"Raise quotas.tenants.{tenant}.maxServersPerTenant in the operator's configuration, or delete servers that are not used.");
        }

        if (full.Count == 0)
        {
            yield return Finding.Ok($"{counts.Values.Sum()} servers of {counts.Count} tenants; none has come to its limit.");
        }
    }
}
