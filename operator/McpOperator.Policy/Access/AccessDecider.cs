using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>A policy document in the form in which every call asks for it. Built once for each document.</summary>
/// <param name="document">The document.</param>
public sealed class PolicyTable(PolicyDocument document)
{
    /// <summary>The document.</summary>
    public PolicyDocument Document => document;

    /// <summary>The tools.</summary>
    public ToolTable Tools { get; } = new(document.Tools);

    /// <summary>Whether a caller without a valid token is turned away.</summary>
    public bool AsksForToken => document is { Auth.Type: AuthType.OIDC, Access.Mode: not AccessMode.Open };
}

/// <summary>
/// Decides about one call. The first of these that applies is the answer: server closed, no token, unknown or hidden tool, open mode, missing
/// scope, then (in observe mode only recorded) grants not known, session, deny rule, no grant, tool not granted, side effect, trust. Pure, and
/// without side effects: the proxy, <c>mcp-operator can</c> and the tests ask the same function.
/// </summary>
public static class AccessDecider
{
    /// <summary>Decides about a call of a tool.</summary>
    /// <param name="policy">The server's policy.</param>
    /// <param name="access">The server's grants and sessions.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="tool">The tool's name as the caller wrote it.</param>
    /// <param name="now">The time.</param>
    /// <param name="trace">Takes the steps, for people; nothing where nobody reads them.</param>
    public static AccessDecision DecideTool(
        PolicyTable policy, AccessTable access, Caller caller, string tool, DateTimeOffset now, DecisionTrace? trace = null) =>
        DecideTool(policy, access, caller, tool, now, trace, asksForScopes: true);

    /// <summary>
    /// Whether the list of tools shows one: when the caller may call it, or may do so as soon as its token has the tool's scope too. The latter is
    /// for those whose token has the server's base scope: they ask for a tool's scope when they need it (MCP 2025-11-25, Authorization, "Step-Up
    /// Authorization Flow"), and have to know of the tool to do so. A token that was narrowed to some tools' scopes shows these alone.
    /// </summary>
    /// <param name="policy">The server's policy.</param>
    /// <param name="access">The server's grants and sessions.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="tool">The tool's name as callers see it.</param>
    /// <param name="now">The time.</param>
    public static bool IsShown(PolicyTable policy, AccessTable access, Caller caller, string tool, DateTimeOffset now) =>
        DecideTool(policy, access, caller, tool, now, null, asksForScopes: policy.Document.Auth.BaseScope is not { } scope || !Contains(caller.Scopes, scope)).IsAllowed;

    private static AccessDecision DecideTool(
        PolicyTable policy, AccessTable access, Caller caller, string tool, DateTimeOffset now, DecisionTrace? trace, bool asksForScopes)
    {
        if (BeforeTools(policy, caller, trace) is { } early)
        {
            return early;
        }

        if (policy.Tools.Find(tool) is not { } facts)
        {
            trace?.Add("tool", policy.Tools.Closed ?? $"'{tool}' is not among the tools that the server shows");
            return AccessDecision.Deny(AccessReasons.UnknownTool, policy.Tools.Closed);
        }

        trace?.Add("tool", facts.IsDeclared
            ? $"the server's '{facts.Name}': side effect {Word(facts.SideEffect)}, requires trust {Word(facts.RequiredTrust)}"
            : $"the server's '{facts.Name}': not declared in spec.tools, so it counts as {Word(facts.SideEffect)} and requires trust {Word(facts.RequiredTrust)}");
        if (policy.Document.Access.Mode == AccessMode.Open)
        {
            trace?.Add("mode", "Open: nothing is asked for but the tool filter");
            return AccessDecision.Allow(AccessReasons.Open);
        }

        if (asksForScopes && facts.Scopes.Count > 0)
        {
            foreach (var scope in facts.Scopes)
            {
                if (!Contains(caller.Scopes, scope))
                {
                    trace?.Add("scope", $"the token lacks '{scope}'");
                    return AccessDecision.Deny(AccessReasons.InsufficientScope) with { Scopes = facts.Scopes };
                }
            }

            trace?.Add("scope", $"the token has {string.Join(' ', facts.Scopes)}");
        }

        return Observed(policy, Enforce(policy.Document.Access, access, caller, tool, facts, now, trace), trace);
    }

    /// <summary>
    /// Decides about what is neither a tool's call nor harmless, such as reading a resource or a prompt: there are no rules about single ones,
    /// so any grant for the server will do, with the session that a tool's call would need.
    /// </summary>
    /// <param name="policy">The server's policy.</param>
    /// <param name="access">The server's grants and sessions.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="now">The time.</param>
    /// <param name="trace">Takes the steps.</param>
    public static AccessDecision DecideOther(PolicyTable policy, AccessTable access, Caller caller, DateTimeOffset now, DecisionTrace? trace = null)
    {
        if (BeforeTools(policy, caller, trace) is { } early)
        {
            return early;
        }

        if (policy.Document.Access.Mode == AccessMode.Open)
        {
            return AccessDecision.Allow(AccessReasons.Open);
        }

        var problem = SessionProblem(policy.Document.Access, access, caller, now.ToUnixTimeSeconds(), trace, out _, out var session);
        var decision = problem ?? AnyGrant(policy.Document.Access, access, caller, now.ToUnixTimeSeconds(), trace);
        return Observed(policy, decision with { Session = session?.Name }, trace);
    }

    /// <summary>Decides about what everybody may do who may speak to the server at all, such as opening a session or asking for the list of tools.</summary>
    /// <param name="policy">The server's policy.</param>
    /// <param name="caller">Who calls.</param>
    public static AccessDecision DecideEntry(PolicyTable policy, Caller caller) => BeforeTools(policy, caller, null) ?? AccessDecision.Allow(AccessReasons.Open);

    private static AccessDecision? BeforeTools(PolicyTable policy, Caller caller, DecisionTrace? trace)
    {
        if (policy.Document.Closed is { } closed)
        {
            trace?.Add("server", closed);
            return AccessDecision.Deny(AccessReasons.ServerClosed, closed);
        }

        if (policy.AsksForToken && !caller.IsAuthenticated)
        {
            trace?.Add("token", "there is none, and the server asks for one");
            return AccessDecision.Deny(AccessReasons.TokenMissing);
        }

        trace?.Add("caller", caller.IsAuthenticated
            ? $"user {caller.User ?? "-"}, agent {caller.Agent ?? "-"}, groups {(caller.Groups.Count == 0 ? "-" : string.Join(", ", caller.Groups))}"
            : "anonymous");
        return null;
    }

    private static AccessDecision Observed(PolicyTable policy, AccessDecision decision, DecisionTrace? trace)
    {
        if (decision.IsAllowed || policy.Document.Access.Mode != AccessMode.Observe)
        {
            return decision;
        }

        trace?.Add("mode", $"Observe: would be refused ({decision.Reason}), is let through and recorded");
        return decision with { IsAllowed = true, Reason = AccessReasons.Observed, WouldDeny = decision.Reason };
    }

    private static AccessDecision Enforce(
        AccessPolicy policy, AccessTable access, Caller caller, string shownName, ToolFacts tool, DateTimeOffset now, DecisionTrace? trace)
    {
        var seconds = now.ToUnixTimeSeconds();
        if (SessionProblem(policy, access, caller, seconds, trace, out var consent, out var session) is { } problem)
        {
            return problem with { Session = session?.Name };
        }

        var search = new GrantSearch(access.Grants, new(shownName, tool.SideEffect, tool.RequiredTrust, consent), seconds, trace);
        foreach (var party in access.Grants.PartiesOf(caller))
        {
            search.Ask(party);
        }

        return search.Conclude(policy.DefaultDecision) with { Session = session?.Name };
    }

    private static AccessDecision AnyGrant(AccessPolicy policy, AccessTable access, Caller caller, long now, DecisionTrace? trace)
    {
        foreach (var party in access.Grants.PartiesOf(caller))
        {
            if (party.Reader(now) is { } grant)
            {
                trace?.Add("grant", $"{grant.Name}: is for the caller and allows reading");
                return AccessDecision.Allow(AccessReasons.Granted) with { Grant = grant.Name };
            }
        }

        trace?.Add("grants", "none is for the caller and allows reading");
        return policy.DefaultDecision == Decision.Allow ? AccessDecision.Allow(AccessReasons.DefaultAllow) : AccessDecision.Deny(AccessReasons.NoGrant);
    }

    /// <summary>
    /// What is wrong with the session, if anything is. Who leaves out a session that is not required is trusted as little as any session says,
    /// so leaving it out never gives more than presenting it.
    /// </summary>
    private static AccessDecision? SessionProblem(
        AccessPolicy policy, AccessTable access, Caller caller, long now, DecisionTrace? trace, out TrustLevel consent, out SessionEntry? session)
    {
        (consent, session) = (TrustLevel.Low, null);
        if (access.Problem is { } problem)
        {
            trace?.Add("grants", problem);
            return AccessDecision.Deny(AccessReasons.AccessIncomplete, problem);
        }

        if (caller.Session is { } name)
        {
            session = access.FindSession(name, out var isMissing);
            if (isMissing)
            {
                trace?.Add("session", $"nobody knows whether '{name}' exists: its part of the sessions is missing");
                return AccessDecision.Deny(AccessReasons.AccessIncomplete, "Some sessions are not known yet; try again in a moment.");
            }

            if (session is not null)
            {
                var reason = !IsOf(session, caller) ? AccessReasons.SessionForeign
                    : session.Revoked ? AccessReasons.SessionRevoked
                    : AccessTime.HasEnded(session.Expires, now) ? AccessReasons.SessionExpired
                    : null;
                consent = session.Trust;
                trace?.Add("session", reason is null ? $"{name}: live, the user consents to trust {Word(consent)}" : $"{name}: {reason}");
                return reason is null ? null : AccessDecision.Deny(reason);
            }

            trace?.Add("session", caller.SessionSource == SessionSource.Claim ? $"the token's '{name}' is none of ours" : $"'{name}' does not exist");
            if (caller.SessionSource == SessionSource.Header)
            {
                return AccessDecision.Deny(AccessReasons.SessionUnknown);
            }
        }

        if (policy.RequireSession)
        {
            trace?.Add("session", "none is presented, and one is required");
            return AccessDecision.Deny(AccessReasons.SessionRequired);
        }

        trace?.Add("session", "none is presented and none is required; the agent is trusted little (low)");
        return null;
    }

    private static bool IsOf(SessionEntry session, Caller caller) =>
        (session.User is not null || session.Agent is not null)
        && (session.User is null || session.User == caller.User)
        && (session.Agent is null || session.Agent == caller.Agent);

    private static bool Contains(IReadOnlyList<string> scopes, string wanted)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            if (scopes[i] == wanted)
            {
                return true;
            }
        }

        return false;
    }

    internal static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
