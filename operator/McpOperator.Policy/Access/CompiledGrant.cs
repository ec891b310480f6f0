using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>What a grant says about one call, from the farthest from allowing it to allowing it.</summary>
internal enum GrantAnswer
{
    NotCovered,
    SideEffectNotAllowed,
    TrustTooLow,
    Allowed,
    Denied,
}

/// <summary>A grant in the form in which it is asked for every call.</summary>
internal sealed class CompiledGrant(GrantEntry entry)
{
    private readonly bool[] _allows = [.. Enum.GetValues<SideEffect>().Select(entry.SideEffects.Contains)];
    private readonly ToolRule[]? _rules = entry.Rules?.ToArray();

    public string Name => entry.Name;

    public TrustLevel MaxTrust => entry.MaxTrust;

    public GrantEntry Entry => entry;

    public bool HasEnded(long now) => AccessTime.HasEnded(entry.Expires, now);

    /// <summary>Asks the grant.</summary>
    /// <param name="shownName">The tool's name as callers see it, which is what rules speak of.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="consent">How far the session's user trusts the agent.</param>
    /// <param name="required">How far the caller has to be trusted: the tool's requirement, or a rule's if that is higher.</param>
    /// <param name="rule">The rule that spoke, if one did.</param>
    public GrantAnswer Ask(string shownName, ToolFacts tool, TrustLevel consent, out TrustLevel required, out string? rule)
    {
        (required, rule) = (tool.RequiredTrust, null);
        if (_rules is not null)
        {
            foreach (var candidate in _rules)
            {
                if (!Glob.IsMatch(candidate.Name, shownName))
                {
                    continue;
                }

                rule = candidate.Name;
                if (candidate.Decision == Decision.Deny)
                {
                    return GrantAnswer.Denied;
                }

                required = candidate.RequiredTrust is { } more && more > required ? more : required;
            }

            if (rule is null)
            {
                return GrantAnswer.NotCovered;
            }
        }

        return !_allows[(int)tool.SideEffect] ? GrantAnswer.SideEffectNotAllowed
            : Lower(MaxTrust, consent) < required ? GrantAnswer.TrustTooLow
            : GrantAnswer.Allowed;
    }

    private static TrustLevel Lower(TrustLevel a, TrustLevel b) => a < b ? a : b;
}
