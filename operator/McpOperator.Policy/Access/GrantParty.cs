using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// All grants with one and the same subject. What they say together about a question changes only when one of them ends, so an answer can be
/// remembered with the times between which it holds.
/// </summary>
internal sealed class GrantParty(IReadOnlyList<CompiledGrant> grants)
{
    private readonly CompiledGrant? _reader = grants.Where(grant => grant.Allows(SideEffect.Read))
        .OrderByDescending(grant => grant.Expires ?? long.MaxValue).ThenBy(grant => grant.Name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>The grants.</summary>
    public IReadOnlyList<CompiledGrant> Grants => grants;

    /// <summary>The grant that allows reading for longest, unless it has ended.</summary>
    public CompiledGrant? Reader(long now) => _reader?.HasEnded(now) == false ? _reader : null;

    /// <summary>What its grants say together, and how long.</summary>
    /// <param name="question">The question.</param>
    /// <param name="now">The time, in Unix seconds.</param>
    public PartyVerdict Ask(in GrantQuestion question, long now)
    {
        var (from, until, best) = (long.MinValue, long.MaxValue, (GrantVerdict?)null);
        foreach (var grant in grants)
        {
            if (grant.HasEnded(now))
            {
                from = Math.Max(from, grant.Expires!.Value);
                continue;
            }

            until = Math.Min(until, grant.Expires ?? long.MaxValue);
            var verdict = grant.Ask(question);
            if (best is not { } sofar || verdict.GoesBefore(sofar))
            {
                best = verdict;
            }
        }

        return new(best, from, until);
    }
}

/// <summary>What a party's grants say together.</summary>
/// <param name="Best">The verdict; nothing when all have ended.</param>
/// <param name="From">The Unix second from which it holds.</param>
/// <param name="Until">The Unix second from which it holds no more.</param>
internal sealed record PartyVerdict(GrantVerdict? Best, long From, long Until)
{
    /// <summary>Whether it holds at a time.</summary>
    public bool Holds(long now) => now >= From && now < Until;
}
