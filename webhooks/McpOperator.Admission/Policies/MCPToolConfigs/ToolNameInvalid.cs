using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using System.Text.RegularExpressions;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>Keys of a map cannot be bounded in the schema, and a key that no tool can bear never takes effect.</summary>
public sealed partial class ToolNameInvalid : IPolicy<Review<MCPToolConfig>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        foreach (var tool in (review.New.Spec.ToolsOverride?.Keys ?? []).Where(key => !Name().IsMatch(key)).Order(StringComparer.Ordinal))
        {
            yield return new($"spec.toolsOverride[{tool}]", Reasons.ToolNameInvalid, "no tool can have this name (MCP: 1 to 128 of A-Z a-z 0-9 _ . -); write the server's own name of the tool.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,128}\z")]
    private static partial Regex Name();
}
