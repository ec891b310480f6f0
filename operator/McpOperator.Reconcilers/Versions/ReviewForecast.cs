using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Versions;

/// <summary>Tells before a change is stored what of it will wait for a person: the same decision that the reconcile will make.</summary>
public sealed class ReviewForecast(IKubernetesClient client, OperatorCaches caches)
{
    private readonly VersionStore _versions = new(client, caches.Children[ResourceType.Of<V1ControllerRevision>()]);

    /// <summary>The differences that will be held; none when nothing will, or when only the running server could tell.</summary>
    /// <param name="server">The server as it shall be, with the status that it has.</param>
    /// <param name="config">The tool configuration as it shall be.</param>
    /// <param name="configuration">The operator's configuration.</param>
    /// <param name="now">The time.</param>
    /// <param name="ct">Stops waiting.</param>
    public async Task<IReadOnlyList<SurfaceChange>> OfAsync(MCPServer server, MCPToolConfigSpec? config, OperatorConfiguration configuration, DateTime now, CancellationToken ct)
    {
        var kept = await _versions.ReadAsync(server, ct);
        var candidate = VersionContent.Of(server.Spec, config);
        var outcome = VersionReviewer.Decide(new()
        {
            Status = server.Status,
            Candidate = candidate.With(kept.Values.FirstOrDefault(k => k.Observed is not null && k.RunsLike(candidate))?.Observed),
            Kept = kept,
            Policy = EffectiveSettings.Review(server.Spec.Review, configuration.Review),
            Settings = configuration.Review,
            Ruling = null,
            ServerAuthors = [],
            ToolConfigAuthors = [],
            Now = now,
        });
        return outcome.Waiting is null ? [] : outcome.Pending?.Changes ?? [];
    }
}
