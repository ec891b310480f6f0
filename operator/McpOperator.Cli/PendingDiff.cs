using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary>What waits, against what was approved.</summary>
/// <param name="Changes">The differences, the grave ones first.</param>
/// <param name="IsWhole">Whether they are complete; otherwise they are what the status has room for.</param>
internal sealed record PendingDiff(IReadOnlyList<SurfaceChange> Changes, bool IsWhole)
{
    /// <summary>
    /// Compares anew, uncut, from what is kept of the approved version and what the server asks for; the result counts only if it is about
    /// the very surface that waits. Where that cannot be read, what the status says is shown.
    /// </summary>
    public static async Task<PendingDiff> ReadAsync(IKubernetesClient client, MCPServer server, CancellationToken ct)
    {
        var pending = server.Status.Pending;
        var approved = await KeptAsync(ReviewDecision.Target(server.Status)?.Content);
        var config = server.Spec.ToolConfigRef is { } reference ? await client.GetAsync<MCPToolConfig>(reference.Name, server.Metadata.NamespaceProperty, ct) : null;
        var candidate = await KeptAsync(pending?.Content) ?? VersionContent.Of(server.Spec, config?.Spec);
        return candidate.Surface is { } surface && surface.Hash == pending?.SurfaceHash && approved?.Surface is { } before
            ? new(SurfaceDiff.Between(before, surface), true)
            : new(pending?.Changes ?? [], pending is { MoreChanges: 0 } && pending.Changes?.All(c => c.Before?.Contains(" characters …]", StringComparison.Ordinal) != true && c.After?.Contains(" characters …]", StringComparison.Ordinal) != true) != false);

        async Task<VersionContent?> KeptAsync(string? hash) => hash is not { Length: 64 } ? null
            : VersionGenerator.Read(await client.GetAsync<V1ControllerRevision>(ChildNames.Version(server.Metadata.Name, hash), server.Metadata.NamespaceProperty, ct), hash);
    }
}
