using System.Security.Cryptography;
using System.Text.Json;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>
/// The random key in a server's Secret. A new Secret gets one, and so does one that lost it. One that has a key keeps it, and it has to be
/// sent along: with server-side apply, what we do not send any more is removed.
/// </summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Get)]
internal sealed class SessionKey(IKubernetesClient client) : IChildCompletion
{
    private const string Name = "key";
    private const int Bytes = 32;

    /// <inheritdoc/>
    public string? FirstMissing(KubernetesDocument live) =>
        live.ToJsonElement().TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty(Name, out _) ? null : $".data.{Name}";

    /// <inheritdoc/>
    public async Task<byte[]> CompleteAsync(KubernetesEntity wanted, bool exists, CancellationToken ct)
    {
        var live = exists ? await client.GetAsync<V1Secret>(wanted.Metadata.Name, wanted.Metadata.NamespaceProperty, ct) : null;
        var key = live?.Data?.GetValueOrDefault(Name) is { Length: > 0 } kept ? kept : RandomNumberGenerator.GetBytes(Bytes);
        return KubernetesJson.SerializeToUtf8Bytes((V1Secret)wanted with { Data = new Dictionary<string, byte[]> { [Name] = key } });
    }
}
