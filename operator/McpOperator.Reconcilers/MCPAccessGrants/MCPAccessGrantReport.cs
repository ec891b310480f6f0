using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.MCPAccessGrants;

/// <summary>Everything that one pass over a grant knows.</summary>
public sealed record MCPAccessGrantObserved
{
    /// <summary>The grant.</summary>
    public required MCPAccessGrant Grant { get; init; }

    /// <summary>Broken rules.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>The server that it names, if it exists.</summary>
    public required MCPServer? Server { get; init; }

    /// <summary>The tools that callers of the server see, if it declares any and they can be known.</summary>
    public required ToolTable? Tools { get; init; }

    /// <summary>How its OAuth client fares in Keycloak; nothing when it asks for none, or Keycloak is not in use.</summary>
    public RealmVerdict? Client { get; init; }

    /// <summary>What the server's proxies are told.</summary>
    public required Publication? Publication { get; init; }
}

/// <summary>Makes a grant's status. Pure.</summary>
public static class MCPAccessGrantReport
{
    /// <summary>Reports on a pass.</summary>
    public static MCPAccessGrantStatus Make(MCPAccessGrantObserved observed, DateTime now)
    {
        var (grant, before) = (observed.Grant, observed.Grant.Status);
        var conditions = new Conditions(before.Conditions, grant.Metadata.Generation, now);
        MarkAccepted(conditions, observed);
        var isPublished = MarkPublished(conditions, observed, now);
        if (grant.Spec.OauthClient is not null)
        {
            conditions.Mark(ConditionTypes.ClientRegistered, observed.Client);
        }

        return new()
        {
            ObservedGeneration = grant.Metadata.Generation,
            Conditions = conditions.All,
            PolicyRevision = Publishing.RevisionOf(isPublished, observed.Publication, before.Conditions, before.PolicyRevision, grant.Metadata.Generation),
            MatchedTools = observed.Tools is { } tools ? GrantScope.ToolsOf(AccessCompiler.EntryOf(grant), tools).Count() : null,
        };
    }

    private static void MarkAccepted(Conditions conditions, MCPAccessGrantObserved observed)
    {
        if (observed.Violations is [var first, ..])
        {
            conditions.False(ConditionTypes.Accepted, first.Reason, string.Join(" ", observed.Violations));
            return;
        }

        var unknown = observed.Tools is { } tools
            ? (observed.Grant.Spec.ToolRules ?? []).Index().Where(rule => !GrantScope.IsOfAny(rule.Item, tools)).Select(rule =>
                $"spec.toolRules[{rule.Index}].name: server '{observed.Grant.Spec.ServerRef.Name}' shows no tool '{rule.Item.Name}'; it shows {Listed(tools)}.").ToList()
            : [];
        if (unknown.Count > 0)
        {
            conditions.True(ConditionTypes.Accepted, Reasons.ToolUnknown, string.Join(" ", unknown));
        }
        else
        {
            conditions.True(ConditionTypes.Accepted, Reasons.Accepted);
        }
    }

    private static bool MarkPublished(Conditions conditions, MCPAccessGrantObserved observed, DateTime now)
    {
        var spec = observed.Grant.Spec;
        return observed.Violations.Count > 0 ? Publishing.MarkNot(conditions, Reasons.Blocked, "It is published when it follows the rules.")
            : spec.Disabled ? Publishing.MarkNot(conditions, Reasons.Disabled, "spec.disabled is set: the grant is without effect.")
            : now >= spec.ExpiresAt ? Publishing.MarkNot(conditions, Reasons.Expired, $"The grant ended at {spec.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}.")
            : Publishing.Mark(conditions, observed.Server is not null, observed.Publication, access => access.Carried.Grants, access => access.LeftOut.Grants, observed.Grant);
    }

    private static string Listed(ToolTable tools)
    {
        const int many = 10;
        var names = tools.Shown().Select(tool => tool.ShownName).Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? "none" : string.Join(", ", names.Take(many)) + (names.Count > many ? $" and {names.Count - many} more" : "");
    }
}
