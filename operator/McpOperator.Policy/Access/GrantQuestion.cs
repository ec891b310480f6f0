using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>All that grants are asked about a call, apart from who calls and when.</summary>
/// <param name="ShownName">The tool's name as callers see it, which is what rules speak of.</param>
/// <param name="SideEffect">What a call can do to the world.</param>
/// <param name="RequiredTrust">How far the tool wants a caller to be trusted.</param>
/// <param name="Consent">How far the session's user trusts the agent.</param>
internal readonly record struct GrantQuestion(string ShownName, SideEffect SideEffect, TrustLevel RequiredTrust, TrustLevel Consent);

/// <summary>What a grant says about one call, from the farthest from allowing it to allowing it; a rule that denies beats all.</summary>
internal enum GrantAnswer
{
    NotCovered,
    SideEffectNotAllowed,
    TrustTooLow,
    Allowed,
    Denied,
}

/// <summary>What one grant says about one call.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Answer">What it says.</param>
/// <param name="RequiredTrust">How far the caller has to be trusted: the tool's requirement, or a rule's if that is higher.</param>
/// <param name="Rule">The rule that spoke, if one did.</param>
internal readonly record struct GrantVerdict(CompiledGrant Grant, GrantAnswer Answer, TrustLevel RequiredTrust, string? Rule)
{
    /// <summary>
    /// Whether it goes before another. Each grant is judged by itself, so that holding one more never takes anything away, except by a rule
    /// that denies. Of equals the one that trusts farther, then the first by name: the answer hangs on no order.
    /// </summary>
    public bool GoesBefore(in GrantVerdict other) =>
        Answer != other.Answer ? Answer > other.Answer
        : Answer == GrantAnswer.TrustTooLow && Grant.MaxTrust != other.Grant.MaxTrust ? Grant.MaxTrust > other.Grant.MaxTrust
        : string.CompareOrdinal(Grant.Name, other.Grant.Name) < 0;
}
