using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using static McpOperator.Policy.Tests.Given;

namespace McpOperator.Policy.Tests;

/// <summary>The rows of the decision table, in their order: the first that applies is the answer.</summary>
public sealed class DecisionTableTests
{
    private static readonly Caller WithSession = Alice with { Session = "s" };

    private static AccessDecision Decide(PolicyTable policy, AccessTable access, Caller caller, string tool = "get", DateTimeOffset? now = null)
    {
        var trace = new DecisionTrace();
        var decision = AccessDecider.DecideTool(policy, access, caller, tool, now ?? Now, trace);
        trace.Steps.Should().NotBeEmpty();
        AccessDecider.DecideTool(policy, access, caller, tool, now ?? Now).Should().Be(decision, "who asks why gets the same answer");
        return decision;
    }

    private static void Refused(AccessDecision decision, string reason, int status)
    {
        decision.IsAllowed.Should().BeFalse();
        decision.Reason.Should().Be(reason);
        Denial.Of(decision, "get").HttpStatus.Should().Be(status);
    }

    [Test]
    public void A_grant_and_a_live_session_let_a_call_through() =>
        Decide(Table(), Access([Grant()], Session()), WithSession).Should().Match<AccessDecision>(d => d.IsAllowed && d.Reason == AccessReasons.Granted && d.Grant == "g" && d.Session == "s");

    [Test]
    public void A_closed_server_answers_nobody() =>
        Refused(Decide(Table(p => p with { Closed = "The server is suspended." }), Access([Grant()], Session()), WithSession), AccessReasons.ServerClosed, 503);

    [Test]
    public void Without_a_token_nothing_else_is_looked_at() =>
        Refused(Decide(Table(), Access([Grant()], Session()), Caller.Anonymous, "nonsense"), AccessReasons.TokenMissing, 401);

    [Test]
    public void A_missing_scope_is_told_with_all_scopes_of_the_operation()
    {
        var decision = Decide(Table(), Access([Grant()], Session()), WithSession, "scoped");

        Refused(decision, AccessReasons.InsufficientScope, 403);
        decision.Scopes.Should().Equal("weather:read");
        Decide(Table(), Access([Grant()], Session()), WithSession with { Scopes = ["openid", "weather:read"] }, "scoped").IsAllowed.Should().BeTrue();
    }

    [Test]
    public void Who_has_the_server_s_base_scope_sees_what_a_further_scope_would_let_it_call_and_nothing_else()
    {
        const string Base = "mcp:team-a:weather";
        var policy = Table(p => p with { Auth = p.Auth with { BaseScope = Base } });
        var access = Access([Grant(change: g => g with { AllowedSideEffects = [SideEffect.Read] })], Session());
        var stepsUp = WithSession with { Scopes = [Base] };

        Shown(stepsUp).Should().Equal("get", "scoped");
        Decide(policy, access, stepsUp, "scoped").Reason.Should().Be(AccessReasons.InsufficientScope, "seeing is not calling");
        Shown(WithSession with { Scopes = ["openid"] }).Should().Equal(["get"], "a token that was narrowed shows what it is good for");
        Shown(WithSession with { Scopes = ["weather:read"] }).Should().Equal("get", "scoped");
        Shown(stepsUp with { User = "mallory" }).Should().BeEmpty("a scope is no grant");
        AccessDecider.IsShown(Table(), access, stepsUp, "scoped", Now).Should().BeFalse("a server without a base scope knows no such word");

        IEnumerable<string> Shown(Caller caller) => new[] { "get", "set", "drop", "scoped", "nonsense" }.Where(tool => AccessDecider.IsShown(policy, access, caller, tool, Now));
    }

    [Test]
    public void Observe_mode_does_not_forgive_a_missing_scope() =>
        Refused(Decide(Table(p => p.WithAccess(AccessMode.Observe)), Access([]), Alice, "scoped"), AccessReasons.InsufficientScope, 403);

    [TestCase("nonsense")]
    [TestCase("GET")]
    [TestCase("")]
    public void An_unknown_tool_is_unknown_in_every_mode(string tool)
    {
        foreach (var mode in Enum.GetValues<AccessMode>())
        {
            var decision = Decide(Table(p => p.WithAccess(mode, Decision.Allow, false)), Access([Grant()], Session()), WithSession, tool);

            Refused(decision, AccessReasons.UnknownTool, 200);
            Denial.Of(decision, tool).Should().Match<Denial>(d => d.Code == -32602 && d.Message == $"Unknown tool: {tool}");
        }
    }

    [Test]
    public void A_hidden_tool_is_unknown_under_its_own_and_under_its_new_name()
    {
        var policy = Table(p => p with
        {
            Tools = p.Tools with { Filter = ["get", "scoped"], Overrides = [new() { Tool = "get", Name = "fetch" }, new() { Tool = "set", Name = "put" }] },
        });
        var access = Access([Grant()], Session());

        foreach (var hidden in new[] { "get", "set", "put", "drop" })
        {
            Refused(Decide(policy, access, WithSession, hidden), AccessReasons.UnknownTool, 200);
        }

        Decide(policy, access, WithSession, "fetch").IsAllowed.Should().BeTrue();
    }

    [Test]
    public void A_hidden_tool_s_scope_tells_nobody_that_it_exists()
    {
        var policy = Table(p => p with { Tools = p.Tools with { Filter = ["get"] } });

        Refused(Decide(policy, Access([Grant()], Session()), WithSession, "scoped"), AccessReasons.UnknownTool, 200);
    }

    [Test]
    public void Closed_tools_are_unknown_and_say_why() =>
        Denial.Of(Decide(Table(p => p with { Tools = p.Tools with { Closed = "there is no MCPToolConfig 'x'" } }), Access([Grant()], Session()), WithSession), "get")
            .Message.Should().Be("Unknown tool: get. there is no MCPToolConfig 'x'");

    [Test]
    public void Open_mode_asks_for_nothing_but_the_tool_filter()
    {
        var policy = Table(p => p.WithAccess(AccessMode.Open) with { Tools = p.Tools with { Filter = ["get", "scoped"] } });

        Decide(policy, Access([]), Caller.Anonymous).Should().Match<AccessDecision>(d => d.IsAllowed && d.Reason == AccessReasons.Open);
        Decide(policy, Access([]), Caller.Anonymous, "scoped").IsAllowed.Should().BeTrue();
        Refused(Decide(policy, Access([]), Caller.Anonymous, "set"), AccessReasons.UnknownTool, 200);
    }

    [Test]
    public void Observe_mode_lets_through_and_says_what_it_would_have_refused()
    {
        var policy = Table(p => p.WithAccess(AccessMode.Observe));

        Decide(policy, Access([]), Alice).Should().Match<AccessDecision>(d => d.IsAllowed && d.Reason == AccessReasons.Observed && d.WouldDeny == AccessReasons.SessionRequired);
        Decide(policy, Access([], Session()), WithSession).WouldDeny.Should().Be(AccessReasons.NoGrant);
        Decide(policy, Access([Grant()], Session()), WithSession).Should().Match<AccessDecision>(d => d.Reason == AccessReasons.Granted && d.WouldDeny == null);
    }

    [Test]
    public void Observe_mode_asks_for_a_token_all_the_same() =>
        Refused(Decide(Table(p => p.WithAccess(AccessMode.Observe)), Access([Grant()]), Caller.Anonymous), AccessReasons.TokenMissing, 401);

    [Test]
    public void A_session_is_required_unknown_foreign_revoked_or_expired()
    {
        var access = Access(
            [Grant()],
            Session(),
            Session("of-bob", s => s with { Subject = new() { User = "bob" } }),
            Session("of-alices-coder", s => s with { Subject = new() { User = "alice", Agent = "coder" } }),
            Session("revoked", s => s with { Revoked = true }),
            Session("bobs-revoked", s => s with { Subject = new() { User = "bob" }, Revoked = true }));

        Refused(Decide(Table(), access, Alice), AccessReasons.SessionRequired, 401);
        foreach (var (session, reason) in new[]
        {
            ("nowhere", AccessReasons.SessionUnknown), ("of-bob", AccessReasons.SessionForeign), ("of-alices-coder", AccessReasons.SessionForeign),
            ("revoked", AccessReasons.SessionRevoked), ("bobs-revoked", AccessReasons.SessionForeign),
        })
        {
            Refused(Decide(Table(), access, Alice with { Session = session }), reason, 401);
        }
    }

    [Test]
    public void Nobody_learns_which_sessions_others_have()
    {
        var access = Access([Grant()], Session("of-bob", s => s with { Subject = new() { User = "bob" } }));

        Denial.Of(Decide(Table(), access, Alice with { Session = "of-bob" }), "get").Should().Be(Denial.Of(Decide(Table(), access, Alice with { Session = "nowhere" }), "get"));
    }

    [Test]
    public void A_session_ends_at_the_second_that_it_names()
    {
        var access = Access([Grant()], Session());
        var end = Now.AddHours(1);

        Decide(Table(), access, WithSession, now: end.AddSeconds(-1)).IsAllowed.Should().BeTrue();
        Refused(Decide(Table(), access, WithSession, now: end), AccessReasons.SessionExpired, 401);
    }

    [Test]
    public void A_bad_session_is_refused_also_where_none_is_required()
    {
        var policy = Table(p => p.WithAccess(requireSession: false));
        var access = Access([Grant()], Session("revoked", s => s with { Revoked = true }));

        Refused(Decide(policy, access, Alice with { Session = "revoked" }), AccessReasons.SessionRevoked, 401);
        Refused(Decide(policy, access, Alice with { Session = "nowhere" }), AccessReasons.SessionUnknown, 401);
    }

    [Test]
    public void Leaving_a_session_out_gives_the_lowest_trust_and_never_more_than_presenting_one()
    {
        var policy = Table(p => p.WithAccess(requireSession: false));
        foreach (var consent in Enum.GetValues<TrustLevel>())
        {
            var access = Access([Grant()], Session(change: s => s with { ConsentedTrust = consent }));
            foreach (var tool in new[] { "get", "set", "drop" })
            {
                var (without, with) = (Decide(policy, access, Alice, tool), Decide(policy, access, WithSession, tool));
                (without.IsAllowed && !with.IsAllowed).Should().BeFalse($"{tool} with consent {consent}");
            }
        }

        Refused(Decide(policy, Access([Grant()]), Alice, "set"), AccessReasons.TrustTooLow, 403);
        Decide(policy, Access([Grant()]), Alice).IsAllowed.Should().BeTrue();
    }

    [Test]
    public void A_claim_that_names_no_session_of_ours_is_no_session()
    {
        var fromClaim = Alice with { Session = "the-id-provider's-own", SessionSource = SessionSource.Claim };

        Refused(Decide(Table(), Access([Grant()]), fromClaim), AccessReasons.SessionRequired, 401);
        Decide(Table(p => p.WithAccess(requireSession: false)), Access([Grant()]), fromClaim).IsAllowed.Should().BeTrue();
        Refused(Decide(Table(), Access([Grant()], Session(change: s => s with { Revoked = true })), fromClaim with { Session = "s" }), AccessReasons.SessionRevoked, 401);
    }

    [Test]
    public void No_grant_for_the_caller_is_refused()
    {
        foreach (var other in new GrantSubject[] { new() { User = "bob" }, new() { User = "Alice" }, new() { Agent = "coder" }, new() { Group = "board" }, new() { User = "alice", Agent = "coder" }, new() { User = "alice", Group = "board" } })
        {
            Refused(Decide(Table(), Access([Grant(change: g => g with { Subjects = [other] })], Session()), WithSession), AccessReasons.NoGrant, 403);
        }
    }

    [Test]
    public void Any_subject_whose_every_name_is_the_callers_will_do()
    {
        foreach (var mine in new GrantSubject[] { new() { User = "alice" }, new() { Agent = "planner" }, new() { Group = "staff" }, new() { User = "alice", Agent = "planner", Group = "staff" } })
        {
            Decide(Table(), Access([Grant(change: g => g with { Subjects = [new() { User = "bob" }, mine] })], Session()), WithSession).IsAllowed.Should().BeTrue();
        }
    }

    [Test]
    public void Disabled_and_ended_grants_do_not_exist()
    {
        Refused(Decide(Table(), Access([Grant(change: g => g with { Disabled = true })], Session()), WithSession), AccessReasons.NoGrant, 403);
        var ends = Access([Grant(change: g => g with { ExpiresAt = Now.AddMinutes(5).UtcDateTime })], Session());
        Decide(Table(), ends, WithSession, now: Now.AddMinutes(5).AddSeconds(-1)).IsAllowed.Should().BeTrue();
        Refused(Decide(Table(), ends, WithSession, now: Now.AddMinutes(5)), AccessReasons.NoGrant, 403);
    }

    [Test]
    public void A_deny_rule_of_any_grant_wins()
    {
        var denies = Grant("denies", g => g with { ToolRules = Rules(("g*", Decision.Deny), ("get", Decision.Allow)) });

        foreach (var grants in new[] { [Grant("a"), denies], new[] { denies, Grant("z") } })
        {
            var decision = Decide(Table(), Access(grants, Session()), WithSession);
            Refused(decision, AccessReasons.ToolDenied, 403);
            decision.Should().Match<AccessDecision>(d => d.Grant == "denies" && d.Rule == "g*");
        }

        Decide(Table(), Access([Grant("a"), Grant("off", g => denies.Spec with { Disabled = true })], Session()), WithSession).IsAllowed.Should().BeTrue();
    }

    [Test]
    public void A_grant_with_rules_covers_only_what_they_name()
    {
        var access = Access([Grant(change: g => g with { ToolRules = Rules(("g*t", Decision.Allow)) })], Session());

        Decide(Table(), access, WithSession).IsAllowed.Should().BeTrue();
        Refused(Decide(Table(), access, WithSession, "set"), AccessReasons.ToolNotGranted, 403);
    }

    [Test]
    public void A_side_effect_that_no_covering_grant_allows_is_refused()
    {
        var reads = Grant("reads", g => g with { AllowedSideEffects = [SideEffect.Read] });
        var writesOther = Grant("writes-other", g => g with { ToolRules = Rules(("other", Decision.Allow)) });

        Refused(Decide(Table(), Access([reads, writesOther], Session()), WithSession, "set"), AccessReasons.SideEffectNotAllowed, 403);
        Refused(Decide(Table(), Access([Grant(change: g => g with { AllowedSideEffects = [] })], Session()), WithSession), AccessReasons.SideEffectNotAllowed, 403);
    }

    // grant, consent, tool, whether it goes through
    [TestCase(TrustLevel.High, TrustLevel.High, "drop", true)]
    [TestCase(TrustLevel.Medium, TrustLevel.High, "drop", false)]
    [TestCase(TrustLevel.High, TrustLevel.Medium, "drop", false)]
    [TestCase(TrustLevel.Medium, TrustLevel.Medium, "set", true)]
    [TestCase(TrustLevel.Low, TrustLevel.High, "set", false)]
    [TestCase(TrustLevel.High, TrustLevel.Low, "set", false)]
    [TestCase(TrustLevel.Low, TrustLevel.Low, "get", true)]
    public void Trust_is_the_lower_of_grant_and_consent(TrustLevel granted, TrustLevel consented, string tool, bool allowed)
    {
        var access = Access([Grant(change: g => g with { MaxTrust = granted })], Session(change: s => s with { ConsentedTrust = consented }));

        var decision = Decide(Table(), access, WithSession, tool);

        decision.IsAllowed.Should().Be(allowed);
        decision.Reason.Should().Be(allowed ? AccessReasons.Granted : AccessReasons.TrustTooLow);
        decision.Trust.Should().Be(granted < consented ? granted : consented);
    }

    [Test]
    public void A_rule_may_ask_for_more_trust_than_the_tool_but_not_for_less()
    {
        var asksMore = Grant(change: g => g with { MaxTrust = TrustLevel.Low, ToolRules = [new() { Name = "*", RequiredTrust = TrustLevel.Medium }] });
        var asksLess = Grant(change: g => g with { MaxTrust = TrustLevel.Low, ToolRules = [new() { Name = "*", RequiredTrust = TrustLevel.Low }] });

        Refused(Decide(Table(), Access([asksMore], Session()), WithSession), AccessReasons.TrustTooLow, 403);
        Refused(Decide(Table(), Access([asksLess], Session()), WithSession, "set"), AccessReasons.TrustTooLow, 403);
    }

    [Test]
    public void Holding_one_grant_more_never_takes_away_what_another_gives()
    {
        var narrow = Grant("narrow", g => g with { MaxTrust = TrustLevel.Low, AllowedSideEffects = [SideEffect.Read], ToolRules = [new() { Name = "*", RequiredTrust = TrustLevel.High }] });

        foreach (var tool in new[] { "get", "set", "drop" })
        {
            Decide(Table(), Access([Grant("wide"), narrow], Session()), WithSession, tool).Should().Match<AccessDecision>(d => d.IsAllowed && d.Grant == "wide");
            Decide(Table(p => p.WithAccess(byDefault: Decision.Allow)), Access([narrow], Session()), WithSession, tool).IsAllowed.Should().BeTrue();
        }
    }

    [Test]
    public void Where_the_default_is_to_allow_consent_and_deny_rules_still_hold()
    {
        var policy = Table(p => p.WithAccess(byDefault: Decision.Allow));
        var timid = Access([], Session(change: s => s with { ConsentedTrust = TrustLevel.Low }));

        Decide(policy, timid, WithSession).Should().Match<AccessDecision>(d => d.IsAllowed && d.Reason == AccessReasons.DefaultAllow);
        Refused(Decide(policy, timid, WithSession, "set"), AccessReasons.TrustTooLow, 403);
        Refused(Decide(policy, Access([Grant(change: g => g with { ToolRules = Rules(("*", Decision.Deny)) })], Session()), WithSession), AccessReasons.ToolDenied, 403);
    }

    [Test]
    public void A_tool_that_nobody_declared_counts_as_the_worst()
    {
        var policy = Table(p => p with { Tools = new() });
        var reads = Grant(change: g => g with { AllowedSideEffects = [SideEffect.Read, SideEffect.Write] });

        Refused(Decide(policy, Access([reads], Session()), WithSession), AccessReasons.SideEffectNotAllowed, 403);
        Refused(Decide(policy, Access([Grant(change: g => g with { MaxTrust = TrustLevel.Medium })], Session()), WithSession), AccessReasons.TrustTooLow, 403);
        Decide(policy, Access([Grant()], Session()), WithSession).IsAllowed.Should().BeTrue();
    }

    [Test]
    public void What_is_no_tool_needs_any_grant_that_allows_reading_and_the_session()
    {
        AccessDecision Other(AccessTable access, Caller caller) => AccessDecider.DecideOther(Table(), access, caller, Now);

        Refused(Other(Access([Grant()], Session()), Caller.Anonymous), AccessReasons.TokenMissing, 401);
        Refused(Other(Access([Grant()], Session()), Alice), AccessReasons.SessionRequired, 401);
        Refused(Other(Access([Grant(change: g => g with { Subjects = [new() { User = "bob" }] })], Session()), WithSession), AccessReasons.NoGrant, 403);
        Refused(Other(Access([Grant(change: g => g with { AllowedSideEffects = [SideEffect.Write] })], Session()), WithSession), AccessReasons.NoGrant, 403);
        Other(Access([Grant()], Session()), WithSession).Should().Match<AccessDecision>(d => d.IsAllowed && d.Session == "s");
    }
}
