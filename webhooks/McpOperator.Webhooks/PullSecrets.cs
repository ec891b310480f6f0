using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Signatures;

namespace McpOperator.Webhooks;

/// <summary>The pull secrets that a server's pod would use.</summary>
/// <param name="client">Where they are; nothing where there is no cluster.</param>
[EntityRbac(typeof(V1Secret), typeof(V1ServiceAccount), Verbs = RbacVerb.Get)]
public sealed class PullSecrets(IKubernetesClient? client)
{
    /// <summary>
    /// Reads those that the server names or, when it names none, those of its pod's ServiceAccount, as Kubernetes does. Secrets in the
    /// server's own namespace only, and of the types that hold pull secrets only: nobody shall have another Secret's content sent to a
    /// registry by naming it here.
    /// </summary>
    public async Task<RegistryCredentials> ReadAsync(MCPServer server, CancellationToken ct)
    {
        if (client is null || server.Metadata.NamespaceProperty is not { } ns)
        {
            return RegistryCredentials.None;
        }

        var named = server.Spec.ImagePullSecrets is { Count: > 0 } own ? own : await OfAccountAsync(server, ns, ct);
        var found = new List<RegistryCredentials>();
        foreach (var reference in named)
        {
            if (await client.GetAsync<V1Secret>(reference.Name, ns, ct) is { Type: "kubernetes.io/dockerconfigjson" or "kubernetes.io/dockercfg", Data: { } data })
            {
                try
                {
                    found.Add(RegistryCredentials.FromSecret(data));
                }
                catch (FormatException)
                {
                    // The node cannot use it either; the registry's refusal tells that a credential is missing.
                }
            }
        }

        return RegistryCredentials.Join(found);
    }

    private async Task<IReadOnlyList<V1LocalObjectReference>> OfAccountAsync(MCPServer server, string ns, CancellationToken ct)
    {
        var account = server.Spec.ServiceAccountName ?? ChildNames.Workload(server.Metadata.Name);
        return account.Length > 0 && (await client!.GetAsync<V1ServiceAccount>(account, ns, ct))?.ImagePullSecrets is { } secrets ? secrets : [];
    }
}
