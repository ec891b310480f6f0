using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Two declarations of one tool could say different things of it.</summary>
public sealed class ToolTwice : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        foreach (var twice in (review.New.Spec.Tools ?? []).Index().GroupBy(t => t.Item.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return new($"spec.tools[{twice.Last().Index}].name", Reasons.ToolNameCollision, $"tool '{twice.Key}' is declared {twice.Count()} times; keep one declaration.");
        }
    }
}
