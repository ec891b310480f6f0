using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// All grants of one server, by whom they are for. A caller's grants are found by looking up the subjects that the caller can be, and there
/// are few of those however many grants there are.
/// </summary>
internal sealed class GrantTable
{
    private const int MostAnswers = 4096;

    private readonly Dictionary<(string? User, string? Agent, string? Group), GrantParty> _parties;
    private readonly SubjectForm[] _forms;
    private readonly AnswerMemory<(GrantParty, GrantQuestion), PartyVerdict> _memory = new(MostAnswers);

    public GrantTable(IReadOnlyList<AccessShard?> shards)
    {
        Shards = shards;
        _parties = shards.SelectMany(shard => shard?.Grants ?? [])
            .Select(entry => (Grant: new CompiledGrant(entry), entry.Subjects))
            .SelectMany(compiled => compiled.Subjects.Select(subject => (Key: KeyOf(subject), compiled.Grant)))
            .Where(pair => pair.Key != default)
            .Distinct()
            .GroupBy(pair => pair.Key, pair => pair.Grant)
            .ToDictionary(group => group.Key, group => new GrantParty([.. group]));
        _forms = [.. _parties.Keys.Select(key => new SubjectForm(key.User is not null, key.Agent is not null, key.Group is not null)).Distinct()];
    }

    /// <summary>The shards from which the table was built; nothing stands for one that is missing.</summary>
    public IReadOnlyList<AccessShard?> Shards { get; }

    /// <summary>How many answers are remembered.</summary>
    internal int Remembered => _memory.Count;

    /// <summary>What the grants of a party say together.</summary>
    public GrantVerdict? Ask(GrantParty party, in GrantQuestion question, long now)
    {
        if (_memory.Find((party, question)) is not { } verdict || !verdict.Holds(now))
        {
            _memory.Keep((party, question), verdict = party.Ask(question, now));
        }

        return verdict.Best;
    }

    /// <summary>The parties to which a caller belongs. Everything that a subject names has to be the caller's.</summary>
    public IEnumerable<GrantParty> PartiesOf(Caller caller)
    {
        foreach (var form in _forms)
        {
            if ((form.User && caller.User is null) || (form.Agent && caller.Agent is null))
            {
                continue;
            }

            var (user, agent) = (form.User ? caller.User : null, form.Agent ? caller.Agent : null);
            if (!form.Group)
            {
                if (_parties.TryGetValue((user, agent, null), out var party))
                {
                    yield return party;
                }

                continue;
            }

            for (var i = 0; i < caller.Groups.Count; i++)
            {
                if (_parties.TryGetValue((user, agent, caller.Groups[i]), out var party))
                {
                    yield return party;
                }
            }
        }
    }

    private static (string? User, string? Agent, string? Group) KeyOf(GrantSubject subject) => (NoneIfEmpty(subject.User), NoneIfEmpty(subject.Agent), NoneIfEmpty(subject.Group));

    private static string? NoneIfEmpty(string? name) => string.IsNullOrEmpty(name) ? null : name;

    /// <summary>Which names subjects have.</summary>
    private readonly record struct SubjectForm(bool User, bool Agent, bool Group);
}
