using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>Asks the parties to which a caller belongs, keeps the verdict that goes before the others, and concludes.</summary>
internal struct GrantSearch(GrantTable grants, GrantQuestion question, long now, DecisionTrace? trace)
{
    private GrantVerdict? _best;

    public void Ask(GrantParty party)
    {
        if (grants.Ask(party, question, now) is { } verdict && (_best is not { } best || verdict.GoesBefore(best)))
        {
            _best = verdict;
        }

        if (trace is not null)
        {
            foreach (var grant in party.Grants)
            {
                trace.Add("grant", $"{grant.Name}: {(grant.HasEnded(now) ? "has ended" : Tell(grant.Ask(question)))}");
            }
        }
    }

    /// <summary>
    /// A default decision to allow is a grant of everything to everybody: rules that deny override it, a session's consent still limits it,
    /// and a caller who holds a narrow grant has no less than one who holds none.
    /// </summary>
    public readonly AccessDecision Conclude(Decision byDefault)
    {
        if (_best is { Answer: GrantAnswer.Allowed or GrantAnswer.Denied } verdict)
        {
            return (verdict.Answer == GrantAnswer.Allowed ? AccessDecision.Allow(AccessReasons.Granted) : AccessDecision.Deny(AccessReasons.ToolDenied)) with
            {
                Grant = verdict.Grant.Name,
                Rule = verdict.Rule,
                RequiredTrust = verdict.RequiredTrust,
                Trust = TrustUnder(verdict.Grant),
            };
        }

        if (byDefault == Decision.Allow)
        {
            var enough = question.Consent >= question.RequiredTrust;
            trace?.Add("default", $"Allow, and the session's consent {(enough ? "is enough" : "is too low")}");
            return (enough ? AccessDecision.Allow(AccessReasons.DefaultAllow) : AccessDecision.Deny(AccessReasons.TrustTooLow)) with
            {
                RequiredTrust = question.RequiredTrust,
                Trust = question.Consent,
            };
        }

        if (_best is not { } best)
        {
            trace?.Add("grants", "none is for the caller");
            return AccessDecision.Deny(AccessReasons.NoGrant);
        }

        return best.Answer switch
        {
            GrantAnswer.NotCovered => AccessDecision.Deny(AccessReasons.ToolNotGranted),
            GrantAnswer.SideEffectNotAllowed => AccessDecision.Deny(AccessReasons.SideEffectNotAllowed) with { Grant = best.Grant.Name, Rule = best.Rule },
            _ => AccessDecision.Deny(AccessReasons.TrustTooLow) with { Grant = best.Grant.Name, Rule = best.Rule, RequiredTrust = best.RequiredTrust, Trust = TrustUnder(best.Grant) },
        };
    }

    private readonly TrustLevel TrustUnder(CompiledGrant grant) => grant.MaxTrust < question.Consent ? grant.MaxTrust : question.Consent;

    private readonly string Tell(in GrantVerdict verdict)
    {
        var by = verdict.Rule is null ? "" : $" by its rule '{verdict.Rule}'";
        return verdict.Answer switch
        {
            GrantAnswer.NotCovered => "has no rule for the tool",
            GrantAnswer.SideEffectNotAllowed => $"covers the tool{by}, but does not allow {AccessDecider.Word(question.SideEffect)}",
            GrantAnswer.TrustTooLow => $"covers the tool{by}, but the lower of its trust {AccessDecider.Word(verdict.Grant.MaxTrust)} and the session's {AccessDecider.Word(question.Consent)} is below {AccessDecider.Word(verdict.RequiredTrust)}",
            GrantAnswer.Denied => $"denies the tool{by}",
            _ => $"allows the call{by}",
        };
    }
}
