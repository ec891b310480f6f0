using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.MCPAccessGrants;
using McpOperator.Reconcilers.MCPAgentSessions;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What grants and sessions say of themselves.</summary>
public sealed class AccessReportTests
{
    private static readonly DateTime Now = new(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static readonly MCPAgentSession Session = new()
    {
        Metadata = new V1ObjectMeta { Name = "s", NamespaceProperty = "team-a", Generation = 2, CreationTimestamp = Now.AddHours(-1) },
        Spec = new() { ServerRef = new() { Name = "weather" }, Subject = new() { User = "alice", Agent = "planner" }, ExpiresAt = Now.AddHours(1) },
    };

    private static readonly MCPAccessGrant Grant = new()
    {
        Metadata = new V1ObjectMeta { Name = "g", NamespaceProperty = "team-a", Generation = 3 },
        Spec = new() { ServerRef = new() { Name = "weather" }, Subjects = [new() { User = "alice" }], AllowedSideEffects = [SideEffect.Read] },
    };

    private static Publication Published(IEnumerable<MCPAccessGrant> grants, IEnumerable<MCPAgentSession> sessions, AccessMemory? before = null) =>
        new(AccessCompiler.Compile("team-a", "weather", null, [.. grants], [.. sessions], before ?? AccessMemory.None, new DateTimeOffset(Now)), null, 0);

    private static MCPAgentSessionObserved Observed(MCPAgentSession? session = null) => new()
    {
        Session = session ?? Session,
        Violations = [],
        ServerExists = true,
        HasGrant = true,
        Publication = Published([Grant], [session ?? Session]),
    };

    private static string Told(IReadOnlyList<V1Condition> conditions) => string.Join(" ", conditions.Select(c => $"{c.Type}={c.Status}/{c.Reason}"));

    private static string Told(MCPAgentSessionObserved observed, DateTime? now = null) => Told(MCPAgentSessionReport.Make(observed, now ?? Now).Conditions);

    [Test]
    public void A_session_is_active_revoked_expired_or_without_a_grant()
    {
        Told(Observed()).Should().Be("Active=True/Active Published=True/Published");
        Told(Observed(Session with { Spec = Session.Spec with { Revoked = true } })).Should().Be("Active=False/Revoked Published=True/Published");
        Told(Observed(), Session.Spec.ExpiresAt.AddSeconds(-1)).Should().StartWith("Active=True");
        Told(Observed(), Session.Spec.ExpiresAt).Should().Be("Active=False/Expired Published=False/Expired");
        Told(Observed() with { HasGrant = false }).Should().Be("Active=False/NoGrant Published=True/Published");
        Told(Observed() with { Violations = [new("spec.expiresAt", Reasons.ExpiryTooFar, "is too far")] }).Should().Be("Active=False/ExpiryTooFar Published=False/Blocked");
    }

    [Test]
    public void A_session_is_published_only_when_the_policy_carries_it_as_it_stands()
    {
        Told(Observed() with { Publication = null }).Should().EndWith("Published=Unknown/Progressing");
        Told(Observed() with { Publication = Published([], []) }).Should().EndWith("Published=Unknown/Progressing");
        Told(Observed() with { Publication = Published([], [Session with { Metadata = Session.Metadata with { Generation = 1 } }]) }).Should().EndWith("Published=Unknown/Progressing");
        Told(Observed() with { Publication = Published([], []) with { Problem = "its name is taken" } }).Should().EndWith("Published=False/ApplyFailed");
        Told(Observed() with { Publication = Published([], []), ServerExists = false }).Should().EndWith("Published=False/NotFound");
        var many = Enumerable.Range(0, AccessCompiler.MostSessions).Select(i => Session with { Metadata = Session.Metadata with { Name = $"older{i}", CreationTimestamp = Now.AddHours(-2) } });
        Told(Observed() with { Publication = Published([], [.. many, Session]) }).Should().EndWith("Published=False/PolicyFull");
    }

    [Test]
    public void A_session_under_a_revoked_name_is_revoked()
    {
        var revoked = Published([Grant], [Session with { Spec = Session.Spec with { Revoked = true } }]);

        Told(Observed() with { Publication = Published([Grant], [Session], revoked.Access!.Memory) }).Should().StartWith("Active=False/Revoked");
    }

    [Test]
    public void The_revision_is_the_first_that_carried_it_so_that_others_changes_rewrite_nothing()
    {
        var first = MCPAgentSessionReport.Make(Observed(), Now);
        var others = Observed(Session with { Status = first }) with { Publication = Published([Grant], [Session, Session with { Metadata = Session.Metadata with { Name = "other" } }]) };

        first.PolicyRevision.Should().Be(Observed().Publication!.Access!.Revision);
        MCPAgentSessionReport.Make(others, Now.AddMinutes(1)).PolicyRevision.Should().Be(first.PolicyRevision);
        var changed = Session with { Status = first, Metadata = Session.Metadata with { Generation = 9 }, Spec = Session.Spec with { Revoked = true } };
        MCPAgentSessionReport.Make(Observed(changed), Now).PolicyRevision.Should().Be(Observed(changed).Publication!.Access!.Revision).And.NotBe(first.PolicyRevision);
    }

    // the grant's subject: user, agent, group; whether it can be for alice with the planner
    [TestCase("alice", null, null, true)]
    [TestCase(null, "planner", null, true)]
    [TestCase(null, null, "staff", true)]
    [TestCase("bob", null, null, false)]
    [TestCase("alice", "coder", null, false)]
    [TestCase("bob", null, "staff", false)]
    public void A_session_has_a_grant_when_one_can_be_for_its_subject(string? user, string? agent, string? group, bool isFor)
    {
        var grant = Grant.Spec with { Subjects = [new() { User = user, Agent = agent, Group = group }] };

        MCPAgentSessionReport.IsFor(grant, Session.Spec.Subject).Should().Be(isFor);
        MCPAgentSessionReport.IsFor(grant with { Disabled = true }, Session.Spec.Subject).Should().BeFalse();
    }

    private static MCPAccessGrantObserved Observed(Func<MCPAccessGrantSpec, MCPAccessGrantSpec> change)
    {
        var grant = Grant with { Spec = change(Grant.Spec) };
        return new()
        {
            Grant = grant,
            Violations = [],
            Server = new MCPServer { Metadata = new V1ObjectMeta { Name = "weather" }, Spec = new() { Image = "x" } },
            Tools = new ToolTable(new ToolPolicy
            {
                Declared =
                [
                    new() { Name = "get", Description = "", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low },
                    new() { Name = "set", Description = "", SideEffect = SideEffect.Write, RequiredTrust = TrustLevel.Medium },
                ],
            }),
            Publication = Published([grant], []),
        };
    }

    [Test]
    public void A_grant_says_what_it_amounts_to()
    {
        var status = MCPAccessGrantReport.Make(Observed(g => g), Now);

        Told(status.Conditions).Should().Be("Accepted=True/Accepted Published=True/Published");
        status.MatchedTools.Should().Be(1);
        MCPAccessGrantReport.Make(Observed(g => g with { MaxTrust = TrustLevel.Medium, AllowedSideEffects = [SideEffect.Read, SideEffect.Write] }), Now).MatchedTools.Should().Be(2);
        MCPAccessGrantReport.Make(Observed(g => g with { ToolRules = [new() { Name = "g*", Decision = Decision.Deny }, new() { Name = "*" }] }), Now).MatchedTools.Should().Be(0);
        MCPAccessGrantReport.Make(Observed(g => g) with { Tools = null }, Now).MatchedTools.Should().BeNull();
    }

    [Test]
    public void A_grant_that_is_off_or_has_ended_says_so()
    {
        Told(MCPAccessGrantReport.Make(Observed(g => g with { Disabled = true }), Now).Conditions).Should().EndWith("Published=False/Disabled");
        Told(MCPAccessGrantReport.Make(Observed(g => g with { ExpiresAt = Now.AddSeconds(1) }), Now).Conditions).Should().EndWith("Published=True/Published");
        Told(MCPAccessGrantReport.Make(Observed(g => g with { ExpiresAt = Now }), Now).Conditions).Should().EndWith("Published=False/Expired");
        Told(MCPAccessGrantReport.Make(Observed(g => g) with { Violations = [new Violation("spec.subjects", Reasons.SubjectEmpty, "is empty")] }, Now).Conditions)
            .Should().Be("Accepted=False/SubjectEmpty Published=False/Blocked");
    }
}
