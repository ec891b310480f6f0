using System.Text.Json;

namespace McpOperator.Proxy.Policies;

/// <summary>Watches the policy.</summary>
internal sealed class PolicyWatch(ClusterAccess cluster, string ns, string name, PolicyStore store, TimeProvider time, ILogger<PolicyWatch> log)
    : ConfigMapWatch(cluster, ns, time, log)
{
    private const string Key = "policy.json";

    protected override ValueTask<string> NameAsync(CancellationToken ct) => new(name);

    protected override ValueTask TakeAsync(HttpClient client, JsonElement configMap, CancellationToken ct)
    {
        if (TextOf(configMap, Key) is { } policy)
        {
            store.Offer(policy, $"ConfigMap {Namespace}/{name}");
        }
        else
        {
            log.LogWarning("ConfigMap {Namespace}/{Name} has no {Key}; the policy in force stays", Namespace, name, Key);
        }

        return default;
    }
}
