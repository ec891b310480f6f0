using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators;
using McpOperator.Keycloak.Clients;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.Realms;

/// <summary>The Secrets with the credentials of grants' clients: made, kept, and put right, as children of their grants.</summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Delete)]
internal sealed class ClientSecrets(IKubernetesClient client, OperatorCaches caches)
{
    private readonly ChildApplier _applier = new(client, caches.Children);

    /// <summary>Whether a Secret is one of these.</summary>
    public static bool IsOne(KubernetesDocument secret) => secret.Label(Labels.Role) == Labels.OAuthClientRole;

    /// <summary>Makes the Secret of a grant stand as it should.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="tenant">Its tenant.</param>
    /// <param name="issuer">Whose tokens the client gets, if that is known.</param>
    /// <param name="credential">The credentials; nothing when the client has none (any more).</param>
    /// <param name="ct">Stops waiting.</param>
    public async Task<ChildOutcome?> ApplyAsync(MCPAccessGrant grant, string tenant, string? issuer, ClientCredential? credential, CancellationToken ct)
    {
        var name = credential is null ? null : grant.Spec.OauthClient?.SecretName;
        foreach (var left in caches.Children[ResourceType.Of<V1Secret>()].Informer.List(grant.Metadata.NamespaceProperty)
            .Where(s => IsOne(s) && s.Controller?.Uid == grant.Metadata.Uid && s.Name != name))
        {
            await _applier.ApplyAsync(grant, Child.None<V1Secret>(left.Name), null, ct);
        }

        return name is null ? null : await _applier.ApplyAsync(grant, Make(grant, name, tenant, credential!), new Content(credential!, issuer), ct);
    }

    private static Child Make(MCPAccessGrant grant, string name, string tenant, ClientCredential credential) => Child.Of(new V1Secret
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = grant.Metadata.NamespaceProperty,
            Labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [Labels.Component] = Labels.McpServer,
                [Labels.ManagedBy] = Labels.Manager,
                [Labels.Role] = Labels.OAuthClientRole,
                [Labels.Server] = grant.Spec.ServerRef.Name,
                [Labels.Tenant] = tenant,
            },
            // The values are not read back; the digest tells when they are not Keycloak's any more. Keycloak's secrets are random and long.
            Annotations = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [Annotations.SecretDigest] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{credential.ClientId}\n{credential.Secret}"))),
            },
            OwnerReferences =
            [
                new() { ApiVersion = grant.ApiVersion, Kind = grant.Kind, Name = grant.Metadata.Name, Uid = grant.Metadata.Uid ?? "", Controller = true, BlockOwnerDeletion = true },
            ],
        },
        Type = "Opaque",
    });

    /// <summary>What is in the Secret. It is added just before it is written, and kept nowhere else.</summary>
    private sealed class Content(ClientCredential credential, string? issuer) : IChildCompletion
    {
        public string? FirstMissing(KubernetesDocument live) =>
            live.ToJsonElement().TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("client-secret", out _) ? null : ".data.client-secret";

        public Task<byte[]> CompleteAsync(KubernetesEntity wanted, bool exists, CancellationToken ct)
        {
            var data = new Dictionary<string, byte[]>
            {
                ["client-id"] = Encoding.UTF8.GetBytes(credential.ClientId),
                ["client-secret"] = Encoding.UTF8.GetBytes(credential.Secret),
            };
            if (issuer is not null)
            {
                data["issuer"] = Encoding.UTF8.GetBytes(issuer);
            }

            return Task.FromResult(KubernetesJson.SerializeToUtf8Bytes((V1Secret)wanted with { Data = data }));
        }
    }
}
