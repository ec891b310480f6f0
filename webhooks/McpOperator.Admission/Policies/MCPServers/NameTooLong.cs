using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A server's name stands in a label, and a label's value has at most 63 characters.</summary>
public sealed class NameTooLong : IPolicy<Review<MCPServer>>
{
    private const int LongestLabelValue = 63;

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var name = review.New.Metadata.Name;
        if (name.Length > LongestLabelValue)
        {
            yield return new("metadata.name", Reasons.NameTooLong, $"the name has {name.Length} characters and may have {LongestLabelValue}, because it becomes a label's value; choose a shorter one.");
        }
    }
}
