using System.Text.RegularExpressions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using static McpOperator.Policy.Tests.Given;

namespace McpOperator.Policy.Tests;

/// <summary>
/// Grants are indexed, merged and remembered; the answer is that of somebody who reads the documentation, looks at every grant anew, and
/// knows no index.
/// </summary>
public sealed class DecisionPropertyTests
{
    private const int Worlds = 150;
    private const int Questions = 40;
    private static readonly string[] Users = ["alice", "bob", "carol"];
    private static readonly string[] Agents = ["planner", "coder"];
    private static readonly string[] Groups = ["staff", "admins", "guests"];
    private static readonly string[] Tools = ["get", "set", "drop"];
    private static readonly string[] Patterns = ["*", "get", "s*", "d*p", "*e*", "nothing", "get*", "drop"];

    [Test]
    public void The_answer_is_that_of_who_looks_at_every_grant_anew([Values] Decision byDefault)
    {
        for (var seed = 0; seed < Worlds; seed++)
        {
            var random = new Random(seed);
            var grants = Enumerable.Range(0, random.Next(12)).Select(i => RandomGrant(random, i)).ToList();
            var policy = Table(p => p.WithAccess(byDefault: byDefault, requireSession: false));
            var sessions = Enum.GetValues<TrustLevel>().Select(trust => Session($"{trust}".ToLowerInvariant(), s => s with { Subject = new() { Agent = "planner" }, ConsentedTrust = trust, ExpiresAt = Now.AddDays(9).UtcDateTime })).ToList();
            var table = Compile(grants, sessions, now: Now.AddDays(-9)).Read();
            var turned = Compile(Enumerable.Reverse(grants), sessions, now: Now.AddDays(-9)).Read();
            for (var i = 0; i < Questions; i++)
            {
                var caller = RandomCaller(random);
                var (tool, now) = (Pick(random, Tools), Now.AddSeconds(random.Next(-5, 6)));

                var decision = AccessDecider.DecideTool(policy, table, caller, tool, now);

                var expected = Naive(grants, caller, policy.Tools.Find(tool)!, now, byDefault);
                (decision.IsAllowed, decision.Reason).Should().Be(expected.Answer, $"seed {seed}, question {i}: {caller} {tool} {now:T}");
                if (decision.Grant is { } grant)
                {
                    expected.Grants.Should().Contain(grant, "the grant that is named is one that says so");
                }

                AccessDecider.DecideTool(policy, turned, caller, tool, now).Should().Be(decision, "the order in which grants come means nothing");
                AccessDecider.DecideOther(policy, table, caller, now).IsAllowed.Should().Be(
                    byDefault == Decision.Allow || Live(grants, caller, now).Any(g => g.Spec.AllowedSideEffects.Contains(SideEffect.Read)));
            }
        }
    }

    [Test]
    public void However_many_tools_somebody_asks_for_little_is_remembered_and_answers_stay_right()
    {
        var policy = Table(p => p with { Tools = new() }); // any name may be a tool
        var table = Compile([Grant(change: g => g with { ToolRules = Rules(("x*", Decision.Allow), ("*7", Decision.Deny)) })], [Session()]).Read();
        var caller = Alice with { Session = "s" };
        for (var i = 0; i < 50_000; i++)
        {
            AccessDecider.DecideTool(policy, table, caller, $"x{i}", Now).IsAllowed.Should().Be(i % 10 != 7);
        }

        table.Grants.Remembered.Should().BeLessThanOrEqualTo(2 * 4096);
    }

    [Test]
    public void A_change_of_sessions_forgets_no_answer_and_a_change_of_grants_all()
    {
        var grants = new[] { Grant() };
        var reader = new AccessReader("team-a", "weather");
        var first = Compile(grants, [Session()]);
        var table = Build(first);
        var second = Compile(grants, [Session(), Session("t")], first.Memory);
        Build(second).Grants.Should().BeSameAs(table.Grants);
        Build(Compile([Grant(change: g => g with { MaxTrust = TrustLevel.Low })], [Session()], second.Memory)).Grants.Should().NotBeSameAs(table.Grants);

        AccessTable Build(CompiledAccess compiled)
        {
            reader.TakeIndex(compiled).TakeShards(compiled);
            return reader.Build(Now);
        }
    }

    private static ((bool, string) Answer, IEnumerable<string> Grants) Naive(List<MCPAccessGrant> grants, Caller caller, ToolFacts tool, DateTimeOffset now, Decision byDefault)
    {
        var consent = Enum.Parse<TrustLevel>(caller.Session ?? "low", ignoreCase: true);
        var live = Live(grants, caller, now).ToList();
        bool Denies(MCPAccessGrant g) => Matching(g).Any(r => r.Decision == Decision.Deny);
        bool Covers(MCPAccessGrant g) => g.Spec.ToolRules is null or [] || Matching(g).Any();
        bool Allows(MCPAccessGrant g) => Covers(g) && g.Spec.AllowedSideEffects.Contains(tool.SideEffect);
        bool Trusts(MCPAccessGrant g) => Allows(g) && Matching(g).Select(r => r.RequiredTrust ?? TrustLevel.Low).Append(tool.RequiredTrust).Max() <= (g.Spec.MaxTrust < consent ? g.Spec.MaxTrust : consent);
        IEnumerable<ToolRule> Matching(MCPAccessGrant g) => (g.Spec.ToolRules ?? []).Where(r => Regex.IsMatch(tool.Name, $"^{Regex.Escape(r.Name).Replace("\\*", ".*", StringComparison.Ordinal)}$"));

        return live.Any(Denies) ? Is(false, AccessReasons.ToolDenied, Denies)
            : live.Any(Trusts) ? Is(true, AccessReasons.Granted, Trusts)
            : byDefault == Decision.Allow ? consent >= tool.RequiredTrust ? Is(true, AccessReasons.DefaultAllow) : Is(false, AccessReasons.TrustTooLow)
            : live.Count == 0 ? Is(false, AccessReasons.NoGrant)
            : live.Any(Allows) ? Is(false, AccessReasons.TrustTooLow, Allows)
            : live.Any(Covers) ? Is(false, AccessReasons.SideEffectNotAllowed, Covers)
            : Is(false, AccessReasons.ToolNotGranted);

        ((bool, string), IEnumerable<string>) Is(bool allowed, string reason, Func<MCPAccessGrant, bool>? who = null) => ((allowed, reason), live.Where(who ?? (_ => false)).Select(g => g.Metadata.Name));
    }

    private static IEnumerable<MCPAccessGrant> Live(List<MCPAccessGrant> grants, Caller caller, DateTimeOffset now) => grants.Where(g =>
        !(g.Spec.ExpiresAt <= now.UtcDateTime)
        && g.Spec.Subjects.Any(s => (s.User is null || s.User == caller.User) && (s.Agent is null || s.Agent == caller.Agent) && (s.Group is null || caller.Groups.Contains(s.Group))));

    private static MCPAccessGrant RandomGrant(Random random, int number) => Grant($"g{number}", g => g with
    {
        Subjects = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomSubject(random))],
        MaxTrust = Pick(random, Enum.GetValues<TrustLevel>()),
        AllowedSideEffects = [.. Enum.GetValues<SideEffect>().Where(_ => random.Next(2) == 0)],
        ToolRules = random.Next(3) == 0 ? null :
        [
            .. Enumerable.Range(0, random.Next(3)).Select(_ => new ToolRule
            {
                Name = Pick(random, Patterns),
                Decision = random.Next(6) == 0 ? Decision.Deny : Decision.Allow,
                RequiredTrust = random.Next(2) == 0 ? null : Pick(random, Enum.GetValues<TrustLevel>()),
            }),
        ],
        ExpiresAt = random.Next(2) == 0 ? null : Now.AddSeconds(random.Next(-6, 7)).UtcDateTime,
    });

    private static GrantSubject RandomSubject(Random random)
    {
        var form = random.Next(1, 8);
        return new() { User = (form & 1) == 0 ? null : Pick(random, Users), Agent = (form & 2) == 0 ? null : Pick(random, Agents), Group = (form & 4) == 0 ? null : Pick(random, Groups) };
    }

    private static Caller RandomCaller(Random random)
    {
        var agent = random.Next(4) == 0 ? null : Pick(random, Agents);
        return new()
        {
            IsAuthenticated = true,
            User = random.Next(5) == 0 ? null : Pick(random, Users),
            Agent = agent,
            Groups = [.. Groups.Where(_ => random.Next(2) == 0)],
            // The sessions are the planner's.
            Session = agent == "planner" && random.Next(4) > 0 ? $"{Pick(random, Enum.GetValues<TrustLevel>())}".ToLowerInvariant() : null,
        };
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
