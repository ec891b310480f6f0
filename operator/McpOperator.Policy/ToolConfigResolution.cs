using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>What became of a server's reference to a tool configuration.</summary>
/// <param name="Config">The configuration; absent when none is named or none can be used.</param>
/// <param name="Problem">Why the one that is named cannot be used.</param>
public sealed record ToolConfigResolution(MCPToolConfigSpec? Config, ReferenceProblem? Problem)
{
    /// <summary>The server names no configuration.</summary>
    public static ToolConfigResolution NotRequested { get; } = new(null, null);

    /// <summary>Finds out what a server's reference leads to.</summary>
    /// <param name="reference">The reference; absent when the server names none.</param>
    /// <param name="config">The object of that name, if there is one.</param>
    /// <param name="declared">The tools that the server declares.</param>
    public static ToolConfigResolution Of(LocalReference? reference, MCPToolConfig? config, IReadOnlyList<ToolDeclaration>? declared = null)
    {
        if (reference is null)
        {
            return NotRequested;
        }

        if (config is null)
        {
            return new(null, new(Reasons.NotFound, $"spec.toolConfigRef.name: there is no MCPToolConfig '{reference.Name}' in this namespace; create it or remove the reference. Until then no tool is shown."));
        }

        return ToolNames.CollisionIn(config.Spec, declared) is { } collision
            ? new(null, new(Reasons.ToolNameCollision, $"MCPToolConfig '{reference.Name}': {collision} Until then no tool is shown."))
            : new(config.Spec, null);
    }
}

/// <summary>Why something that a server refers to cannot be used.</summary>
/// <param name="Reason">One word for machines, from <see cref="Reasons"/>.</param>
/// <param name="Message">The field, the reason and the fix.</param>
public sealed record ReferenceProblem(string Reason, string Message);
