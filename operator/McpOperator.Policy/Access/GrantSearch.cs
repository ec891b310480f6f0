using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// Asks a caller's grants one after the other and keeps the best answer. Each grant is judged by itself, so that holding one more never takes
/// anything away, except by a rule that denies, which beats all.
/// </summary>
internal struct GrantSearch(string shownName, ToolFacts tool, TrustLevel consent, long now, DecisionTrace? trace)
{
    private CompiledGrant? _best;
    private GrantAnswer _answer;
    private TrustLevel _required;
    private string? _rule;

    public void Ask(List<AccessTable.Claimant>? claimants, Caller caller)
    {
        if (claimants is null)
        {
            return;
        }

        foreach (var claimant in claimants)
        {
            if (!claimant.Is(caller) || claimant.Grant.HasEnded(now))
            {
                continue;
            }

            var answer = claimant.Grant.Ask(shownName, tool, consent, out var required, out var rule);
            trace?.Add("grant", $"{claimant.Grant.Name}: {Tell(answer, claimant.Grant, required, rule)}");
            if (_best is null || answer > _answer || (answer == _answer && answer == GrantAnswer.TrustTooLow && claimant.Grant.MaxTrust > _best.MaxTrust))
            {
                (_best, _answer, _required, _rule) = (claimant.Grant, answer, required, rule);
            }
        }
    }

    /// <summary>
    /// A default decision to allow is a grant of everything to everybody: rules that deny override it, a session's consent still limits it,
    /// and a caller who holds a narrow grant has no less than one who holds none.
    /// </summary>
    public readonly AccessDecision Conclude(Decision byDefault)
    {
        var lowest = _best is null || _best.MaxTrust > consent ? consent : _best.MaxTrust;
        if (_answer is GrantAnswer.Allowed or GrantAnswer.Denied)
        {
            var decision = _answer == GrantAnswer.Allowed ? AccessDecision.Allow(AccessReasons.Granted) : AccessDecision.Deny(AccessReasons.ToolDenied);
            return decision with { Grant = _best!.Name, Rule = _rule, RequiredTrust = _required, Trust = lowest };
        }

        if (byDefault == Decision.Allow)
        {
            var enough = consent >= tool.RequiredTrust;
            trace?.Add("default", $"Allow, and the session's consent {(enough ? "is enough" : "is too low")}");
            return (enough ? AccessDecision.Allow(AccessReasons.DefaultAllow) : AccessDecision.Deny(AccessReasons.TrustTooLow)) with
            {
                RequiredTrust = tool.RequiredTrust,
                Trust = consent,
            };
        }

        if (_best is null)
        {
            trace?.Add("grants", "none is for the caller");
            return AccessDecision.Deny(AccessReasons.NoGrant);
        }

        return _answer switch
        {
            GrantAnswer.NotCovered => AccessDecision.Deny(AccessReasons.ToolNotGranted),
            GrantAnswer.SideEffectNotAllowed => AccessDecision.Deny(AccessReasons.SideEffectNotAllowed) with { Grant = _best.Name, Rule = _rule },
            _ => AccessDecision.Deny(AccessReasons.TrustTooLow) with { Grant = _best.Name, Rule = _rule, RequiredTrust = _required, Trust = lowest },
        };
    }

    private readonly string Tell(GrantAnswer answer, CompiledGrant grant, TrustLevel required, string? rule)
    {
        var by = rule is null ? "" : $" by its rule '{rule}'";
        return answer switch
        {
            GrantAnswer.NotCovered => "has no rule for the tool",
            GrantAnswer.SideEffectNotAllowed => $"covers the tool{by}, but does not allow {AccessDecider.Word(tool.SideEffect)}",
            GrantAnswer.TrustTooLow => $"covers the tool{by}, but the lower of its trust {AccessDecider.Word(grant.MaxTrust)} and the session's {AccessDecider.Word(consent)} is below {AccessDecider.Word(required)}",
            GrantAnswer.Denied => $"denies the tool{by}",
            _ => $"allows the call{by}",
        };
    }
}
