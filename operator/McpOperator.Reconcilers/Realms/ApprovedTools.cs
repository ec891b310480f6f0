using McpOperator.Admission.Decisions;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Realms;

/// <summary>The tools of the version that may serve: what was approved, whatever the manifest asks for by now.</summary>
internal static class ApprovedTools
{
    /// <summary>Finds them. Pure.</summary>
    /// <param name="server">The server.</param>
    /// <param name="kept">What keeps that version's content, if it is there.</param>
    /// <returns>The tools as callers see them; none when no version, or no word of it, was approved; nothing when they are not known just now.</returns>
    public static IReadOnlyList<SurfaceTool>? Of(MCPServer server, V1ControllerRevision? kept)
    {
        if (ReviewDecision.Target(server.Status) is not { SurfaceHash: { } hash } version)
        {
            return [];
        }

        var surface = VersionGenerator.Read(kept, version.Content)?.Surface;
        return surface?.Hash == hash ? surface.Tools : null;
    }
}
