using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using static McpOperator.Policy.Tests.Given;

namespace McpOperator.Policy.Tests;

/// <summary>
/// The rows of mcp-runtime's decision table (its evaluator, read and run at its snapshot of July 2026), each with its answer, ours, and why they
/// differ where they do. Rows 0 to 7 are about transport and tokens and are tested where those are read.
/// </summary>
public sealed class PeerTableTests
{
    private static AccessDecision Decide(AccessTable access, Caller caller, string tool = "get", Func<PolicyDocument, PolicyDocument>? policy = null) =>
        AccessDecider.DecideTool(Table(policy), access, caller, tool, Now);

    private static readonly Caller WithSession = Alice with { Session = "s" };

    private static IEnumerable<TestCaseData> Rows()
    {
        static TestCaseData Row(string what, string theirs, string ours, AccessDecision decision) => new TestCaseData(ours, decision).SetName($"Row {what}: theirs {theirs}, ours {ours}");

        // Theirs computes nothing in observe mode and needs no identity; ours needs one, and records what it would have refused.
        yield return Row("8 observe", "allowed", AccessReasons.Observed, Decide(Access([]), Alice, policy: p => p.WithAccess(AccessMode.Observe)));
        yield return Row("8 observe without identity", "allowed", AccessReasons.TokenMissing, Decide(Access([]), Caller.Anonymous, policy: p => p.WithAccess(AccessMode.Observe)));

        // Theirs takes identity from headers; ours from a valid token alone.
        yield return Row("9 no identity", "missing_identity", AccessReasons.TokenMissing, Decide(Access([Grant()], Session()), Caller.Anonymous));
        yield return Row("10 session left out", "missing_session", AccessReasons.SessionRequired, Decide(Access([Grant()], Session()), Alice));
        yield return Row("11 unknown session", "session_not_found", AccessReasons.SessionUnknown, Decide(Access([Grant()]), WithSession));

        // Theirs cannot tell a foreign session from an unknown one, not even in its audit.
        yield return Row("11 foreign session", "session_not_found", AccessReasons.SessionForeign,
            Decide(Access([Grant()], Session(change: s => s with { Subject = new() { User = "bob" } })), WithSession));
        yield return Row("12 revoked", "session_revoked", AccessReasons.SessionRevoked, Decide(Access([Grant()], Session(change: s => s with { Revoked = true })), WithSession));
        yield return Row("13 expired", "session_expired", AccessReasons.SessionExpired, AccessDecider.DecideTool(Table(), Access([Grant()], Session()), WithSession, "get", Now.AddHours(2)));

        // Where a session is not required, theirs overlooks a revoked one and then trusts as far as the grant does.
        yield return Row("4 revoked where none is required", "allowed", AccessReasons.SessionRevoked,
            Decide(Access([Grant()], Session(change: s => s with { Revoked = true })), WithSession, "drop", p => p.WithAccess(requireSession: false)));
        yield return Row("4 left out where none is required", "allowed", AccessReasons.TrustTooLow,
            Decide(Access([Grant()], Session()), Alice, "drop", p => p.WithAccess(requireSession: false)));

        yield return Row("14 no grant matches", "no_matching_grant", AccessReasons.NoGrant,
            Decide(Access([Grant(change: g => g with { Subjects = [new() { User = "bob" }] })], Session()), WithSession));

        // Theirs counts a disabled grant as matching, which changes the reason; to ours a disabled grant does not exist.
        yield return Row("14 only a disabled grant", "tool_not_granted", AccessReasons.NoGrant, Decide(Access([Grant(change: g => g with { Disabled = true })], Session()), WithSession));
        yield return Row("15 deny rule", "tool_denied", AccessReasons.ToolDenied, Decide(Access([Grant(change: g => g with { ToolRules = Rules(("get", Decision.Deny)) })], Session()), WithSession));

        // Theirs knows exact names only; ours knows patterns.
        yield return Row("15 deny pattern", "allowed", AccessReasons.ToolDenied,
            Decide(Access([Grant("a"), Grant("b", g => g with { ToolRules = Rules(("ge*", Decision.Deny)) })], Session()), WithSession));
        yield return Row("16 not covered", "tool_not_granted", AccessReasons.ToolNotGranted,
            Decide(Access([Grant(change: g => g with { ToolRules = Rules(("set", Decision.Allow)) })], Session()), WithSession));

        // Theirs refuses an undeclared tool in the end, but tells the caller that the name exists; to ours it is unknown, before anything else.
        yield return Row("17 not declared", "tool_side_effect_unknown", AccessReasons.UnknownTool, Decide(Access([Grant()], Session()), WithSession, "undeclared"));
        yield return Row("17 not declared, default allow, no grant", "allowed", AccessReasons.UnknownTool,
            Decide(Access([], Session()), WithSession, "undeclared", p => p.WithAccess(byDefault: Decision.Allow)));
        yield return Row("18 side effect", "side_effect_not_allowed", AccessReasons.SideEffectNotAllowed,
            Decide(Access([Grant(change: g => g with { AllowedSideEffects = [SideEffect.Read] })], Session()), WithSession, "set"));

        // With theirs, holding a narrow grant takes away what the default allows to everybody.
        yield return Row("18 side effect, default allow", "side_effect_not_allowed", AccessReasons.DefaultAllow,
            Decide(Access([Grant(change: g => g with { AllowedSideEffects = [SideEffect.Read] })], Session()), WithSession, "set", p => p.WithAccess(byDefault: Decision.Allow)));
        yield return Row("19 trust too low", "trust_too_low", AccessReasons.TrustTooLow,
            Decide(Access([Grant()], Session(change: s => s with { ConsentedTrust = TrustLevel.Medium })), WithSession, "drop"));

        // With theirs, a rule of one grant raises what another grant's holder needs.
        yield return Row("19 another grant's rule asks for more", "trust_too_low", AccessReasons.Granted,
            Decide(
                Access([Grant("a", g => g with { MaxTrust = TrustLevel.Low }), Grant("b", g => g with { MaxTrust = TrustLevel.Low, ToolRules = [new() { Name = "get", RequiredTrust = TrustLevel.High }] })], Session()),
                WithSession));
        yield return Row("20 otherwise", "allowed", AccessReasons.Granted, Decide(Access([Grant()], Session()), WithSession));

        // Theirs honours a grant from any namespace that names the server.
        yield return Row("a grant of a foreign namespace", "allowed", AccessReasons.NoGrant, Decide(Access([Grant(ns: "team-b")], Session()), WithSession));
        yield return Row("a session of a foreign namespace", "allowed", AccessReasons.SessionUnknown, Decide(Access([Grant()], Session(ns: "team-b")), WithSession));
    }

    [TestCaseSource(nameof(Rows))]
    public void Row_by_row(string ours, AccessDecision decision)
    {
        decision.Reason.Should().Be(ours);
        decision.IsAllowed.Should().Be(ours is AccessReasons.Granted or AccessReasons.DefaultAllow or AccessReasons.Observed);
    }
}
