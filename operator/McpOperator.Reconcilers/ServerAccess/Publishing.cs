using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>Says in a grant's or a session's status whether the server's proxies are told of it as it stands.</summary>
internal static class Publishing
{
    /// <summary>Marks the condition by what is published.</summary>
    /// <returns>Whether it is published.</returns>
    public static bool Mark(
        Conditions conditions, bool serverExists, Publication? publication,
        Func<CompiledAccess, IReadOnlyDictionary<string, long?>> carriedIn, Func<CompiledAccess, IReadOnlySet<string>> leftOutIn, KubernetesEntity entity)
    {
        var (access, name) = (publication?.Access, entity.Metadata.Name);
        if (access is not null && carriedIn(access).TryGetValue(name, out var generation) && generation == entity.Metadata.Generation)
        {
            conditions.True(ConditionTypes.Published, Reasons.Published);
            return true;
        }

        if (!serverExists)
        {
            return MarkNot(conditions, Reasons.NotFound, "spec.serverRef.name: there is no such MCPServer in this namespace; it takes effect when there is.");
        }

        if (publication?.Problem is { } problem)
        {
            return MarkNot(conditions, Reasons.ApplyFailed, problem);
        }

        if (access is not null && leftOutIn(access).Contains(name))
        {
            return MarkNot(conditions, Reasons.PolicyFull, "The server has more grants or sessions than its policy can carry, and this is one of the newest; delete some that are not needed.");
        }

        conditions.Unknown(ConditionTypes.Published, Reasons.Progressing, "The server's policy is about to carry it.");
        return false;
    }

    /// <summary>Marks the condition as not published.</summary>
    public static bool MarkNot(Conditions conditions, string reason, string message)
    {
        conditions.False(ConditionTypes.Published, reason, message);
        return false;
    }

    /// <summary>
    /// The revision that first carried what is published now. Later ones carry it as well, but to say so would rewrite every status whenever
    /// any grant changes.
    /// </summary>
    public static string? RevisionOf(bool isPublished, Publication? publication, IReadOnlyList<V1Condition> before, string? revisionBefore, long? generation) =>
        !isPublished ? revisionBefore
        : revisionBefore is not null && before.Any(c => c is { Type: ConditionTypes.Published, Status: "True" } && c.ObservedGeneration == generation) ? revisionBefore
        : publication?.Access?.Revision;
}
