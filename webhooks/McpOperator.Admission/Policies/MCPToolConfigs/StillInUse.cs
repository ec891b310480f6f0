using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPToolConfigs;

/// <summary>
/// Servers whose tool configuration goes show no tools any more. Where the namespace or all those servers go as well, nothing is lost,
/// and a refusal would only hang the deletion.
/// </summary>
public sealed class StillInUse : IPolicy<Review<MCPToolConfig>>
{
    private const int NamesShown = 10;

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPToolConfig> review)
    {
        var users = review.Around.Users.Where(u => u.Metadata.DeletionTimestamp is null).Select(u => u.Metadata.Name).Order(StringComparer.Ordinal).ToList();
        if (users.Count > 0 && !review.Around.NamespaceIsDeleting)
        {
            var names = string.Join(", ", users.Take(NamesShown)) + (users.Count > NamesShown ? $" and {users.Count - NamesShown} more" : "");
            yield return new("metadata.name", Reasons.StillInUse, $"is used by MCPServer {names}; remove spec.toolConfigRef there first, or delete those servers.");
        }
    }
}
