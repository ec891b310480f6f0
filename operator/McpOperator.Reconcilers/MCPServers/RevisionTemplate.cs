using System.Text.Json;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>
/// The template of a Knative Service that is written again under the name that its revision has already: when only the traffic changes. With
/// an unchanged name Knative's webhook fills in no defaults (<c>v1/configuration_defaults.go</c>) and refuses every difference
/// (<c>v1/revision_validation.go</c>), so the template has to be sent as Knative stores it, defaults and all.
/// </summary>
internal sealed class RevisionTemplate(IKubernetesClient client) : IChildCompletion
{
    /// <inheritdoc/>
    public string? FirstMissing(KubernetesDocument live) => null;

    /// <inheritdoc/>
    public async Task<byte[]> CompleteAsync(KubernetesEntity wanted, bool exists, CancellationToken ct)
    {
        var manifest = KubernetesJson.SerializeToNode(wanted);
        var live = exists
            ? await client.GetAsync(ResourceType.Of<KnativeService>(), wanted.Metadata.NamespaceProperty, wanted.Metadata.Name, ChildApplier.RawDecoder, ct)
            : null;
        if (live is not null && live.Json.TryGetProperty("spec", out var spec) && spec.TryGetProperty("template", out var stored))
        {
            var ours = manifest["spec"]!["template"]!;
            var isSame = LiveMatch.FirstDifference(JsonSerializer.SerializeToElement(ours), stored) is null;
            // Anything else than defaults is drift, which has to be put right.
            manifest["spec"]!["template"] = isSame ? JsonSerializer.SerializeToNode(stored) : ours.DeepClone();
        }

        return KubernetesJson.SerializeToUtf8Bytes(manifest);
    }
}
