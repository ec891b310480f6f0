using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>Whether a call goes through, and why.</summary>
public readonly record struct AccessDecision
{
    /// <summary>Whether the call goes through.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>The rule that decided, from <see cref="AccessReasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>In observe mode: why the call would have been refused; nothing when it would not have been.</summary>
    public string? WouldDeny { get; init; }

    /// <summary>The grant that spoke, if one did.</summary>
    public string? Grant { get; init; }

    /// <summary>The pattern of the grant's rule that spoke, if one did.</summary>
    public string? Rule { get; init; }

    /// <summary>The session that the caller presented, if it is known.</summary>
    public string? Session { get; init; }

    /// <summary>How far the caller has to be trusted, where that was asked.</summary>
    public TrustLevel? RequiredTrust { get; init; }

    /// <summary>How far the caller is trusted: the lower of what the grant and the session say, where that was asked.</summary>
    public TrustLevel? Trust { get; init; }

    /// <summary>The scopes that the operation needs, where the token lacks one: what a step-up challenge names.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Further words for people, where the reason alone does not say it.</summary>
    public string? Detail { get; init; }

    internal static AccessDecision Allow(string reason) => new() { IsAllowed = true, Reason = reason };

    internal static AccessDecision Deny(string reason, string? detail = null) => new() { IsAllowed = false, Reason = reason, Detail = detail };
}

/// <summary>The way to a decision, step by step, for people who ask why.</summary>
public sealed class DecisionTrace
{
    private readonly List<DecisionStep> _steps = [];

    /// <summary>The steps in the order in which they were taken.</summary>
    public IReadOnlyList<DecisionStep> Steps => _steps;

    internal void Add(string step, string finding) => _steps.Add(new(step, finding));
}

/// <summary>One step.</summary>
/// <param name="Step">What was looked at.</param>
/// <param name="Finding">What was found.</param>
public sealed record DecisionStep(string Step, string Finding);
