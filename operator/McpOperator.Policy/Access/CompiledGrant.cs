using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>A grant in the form in which it is asked.</summary>
internal sealed class CompiledGrant(GrantEntry entry)
{
    private readonly bool[] _allows = [.. Enum.GetValues<SideEffect>().Select(entry.SideEffects.Contains)];
    private readonly ToolRule[]? _rules = entry.Rules?.ToArray();

    public string Name => entry.Name;

    public TrustLevel MaxTrust => entry.MaxTrust;

    /// <summary>When it ends, in Unix seconds; nothing: never.</summary>
    public long? Expires => entry.Expires;

    public bool HasEnded(long now) => AccessTime.HasEnded(entry.Expires, now);

    public bool Allows(SideEffect sideEffect) => _allows[(int)sideEffect];

    /// <summary>Asks the grant.</summary>
    public GrantVerdict Ask(in GrantQuestion question)
    {
        var (required, rule) = (question.RequiredTrust, (string?)null);
        foreach (var candidate in _rules ?? [])
        {
            if (!Glob.IsMatch(candidate.Name, question.ShownName))
            {
                continue;
            }

            rule = candidate.Name;
            if (candidate.Decision == Decision.Deny)
            {
                return new(this, GrantAnswer.Denied, required, rule);
            }

            required = candidate.RequiredTrust is { } more && more > required ? more : required;
        }

        var answer = _rules is not null && rule is null ? GrantAnswer.NotCovered
            : !Allows(question.SideEffect) ? GrantAnswer.SideEffectNotAllowed
            : Lower(MaxTrust, question.Consent) < required ? GrantAnswer.TrustTooLow
            : GrantAnswer.Allowed;
        return new(this, answer, required, rule);
    }

    private static TrustLevel Lower(TrustLevel a, TrustLevel b) => a < b ? a : b;
}
