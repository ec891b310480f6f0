using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.MCPAgentSessions;

/// <summary>Everything that one pass over a session knows.</summary>
public sealed record MCPAgentSessionObserved
{
    /// <summary>The session.</summary>
    public required MCPAgentSession Session { get; init; }

    /// <summary>Broken rules.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Whether the server that it names exists.</summary>
    public required bool ServerExists { get; init; }

    /// <summary>Whether a grant of the server can be for the session's subject.</summary>
    public required bool HasGrant { get; init; }

    /// <summary>What the server's proxies are told.</summary>
    public required Publication? Publication { get; init; }
}

/// <summary>Makes a session's status. Pure.</summary>
public static class MCPAgentSessionReport
{
    /// <summary>Reports on a pass.</summary>
    public static MCPAgentSessionStatus Make(MCPAgentSessionObserved observed, DateTime now)
    {
        var (session, before) = (observed.Session, observed.Session.Status);
        var conditions = new Conditions(before.Conditions, session.Metadata.Generation, now);
        MarkActive(conditions, observed, now);
        var isPublished = observed.Violations.Count == 0 && now < session.Spec.ExpiresAt
            ? Publishing.Mark(conditions, observed.ServerExists, observed.Publication, access => access.Carried.Sessions, access => access.LeftOut.Sessions, session)
            : Publishing.MarkNot(conditions, observed.Violations.Count > 0 ? Reasons.Blocked : Reasons.Expired, "The server's proxies need not know of it.");
        return new()
        {
            ObservedGeneration = session.Metadata.Generation,
            Conditions = conditions.All,
            PolicyRevision = Publishing.RevisionOf(isPublished, observed.Publication, before.Conditions, before.PolicyRevision, session.Metadata.Generation),
        };
    }

    /// <summary>Whether a grant can be for a session's subject. Who is in which group is known from tokens alone, so any group can be the user's.</summary>
    public static bool IsFor(MCPAccessGrantSpec grant, SessionSubject subject) => !grant.Disabled && grant.Subjects.Any(s =>
        (s.User is null || subject.User is null || s.User == subject.User) && (s.Agent is null || subject.Agent is null || s.Agent == subject.Agent));

    private static void MarkActive(Conditions conditions, MCPAgentSessionObserved observed, DateTime now)
    {
        var (session, spec) = (observed.Session, observed.Session.Spec);
        if (observed.Violations is [var first, ..])
        {
            conditions.False(ConditionTypes.Active, first.Reason, string.Join(" ", observed.Violations));
        }
        else if (spec.Revoked)
        {
            conditions.False(ConditionTypes.Active, Reasons.Revoked, "The session was revoked and stays so.");
        }
        else if (now >= spec.ExpiresAt)
        {
            conditions.False(ConditionTypes.Active, Reasons.Expired, $"The session ended at {spec.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}.");
        }
        else if (observed.Publication?.Access?.Revoked.GetValueOrDefault(session.Metadata.Name) is { } revoked)
        {
            conditions.False(
                ConditionTypes.Active, Reasons.Revoked,
                $"A session of this name was revoked, and stays so until {DateTimeOffset.FromUnixTimeSeconds(revoked.Expires):yyyy-MM-ddTHH:mm:ssZ} though it was deleted; make one with another name.");
        }
        else if (!observed.HasGrant)
        {
            conditions.False(ConditionTypes.Active, Reasons.NoGrant, $"No MCPAccessGrant of server '{spec.ServerRef.Name}' is for this user and agent, so the session lets nobody call anything; make a grant.");
        }
        else
        {
            conditions.True(ConditionTypes.Active, Reasons.Active);
        }
    }
}
