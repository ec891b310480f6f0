using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A scope that means something else, or that is another server's: whoever is granted it would be granted more than the tool.</summary>
public sealed class ScopeReserved : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var (ns, name) = (review.New.Metadata.NamespaceProperty ?? "", review.New.Metadata.Name);
        foreach (var (i, tool) in (review.New.Spec.Tools ?? []).Index())
        {
            if (tool.Scope is { } scope && ToolScopes.ProblemOf(ns, name, scope) is { } problem)
            {
                yield return new($"spec.tools[{i}].scope", Reasons.ScopeReserved, $"{problem}.");
            }
        }
    }
}
