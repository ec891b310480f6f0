using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.Realms;

/// <summary>The tools of the version that serves: what was approved, whatever the manifest asks for by now.</summary>
internal static class ActiveTools
{
    /// <summary>Finds them. Pure.</summary>
    /// <param name="server">The server.</param>
    /// <param name="config">The tool configuration that it names, if it exists.</param>
    /// <returns>The tools as callers see them; none when no version serves; nothing when they are not known just now.</returns>
    public static IReadOnlyList<SurfaceTool>? Of(MCPServer server, MCPToolConfig? config)
    {
        if (server.Status.Active is not { } active)
        {
            return [];
        }

        if (active.SurfaceHash is null)
        {
            // It declares none; what it has is between it and its callers.
            return server.Spec.Tools is null ? [] : null;
        }

        var resolution = ToolConfigResolution.Of(server.Spec.ToolConfigRef, config, server.Spec.Tools);
        var surface = resolution.Problem is null ? Surface.Of(server.Spec.Tools, resolution.Config) : null;
        return surface?.Hash == active.SurfaceHash ? surface.Tools : null;
    }
}
