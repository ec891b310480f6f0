using System.Text;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using static McpOperator.Policy.Tests.Given;

namespace McpOperator.Policy.Tests;

/// <summary>How grants and sessions are cut into shards, and how a reader puts them together again.</summary>
public sealed class AccessDocumentTests
{
    private static IEnumerable<MCPAgentSession> Many(int count, Func<int, MCPAgentSessionSpec, MCPAgentSessionSpec>? change = null) =>
        Enumerable.Range(0, count).Select(i => Session($"s{i:D5}", s => (change ?? ((_, x) => x))(i, s with { Subject = new() { User = $"user-{i}@example.com", Agent = "planner" } })));

    private static AccessDecision Decide(AccessTable table, Caller caller, string tool = "get") => AccessDecider.DecideTool(Table(), table, caller, tool, Now);

    [Test]
    public void Nothing_needs_no_shards_and_refuses()
    {
        var compiled = Compile([], []);

        compiled.IndexText.Should().Be("""{"schema":"access.mcpoperator.io/v1","namespace":"team-a","server":"weather","grants":[],"sessions":[]}""");
        Decide(compiled.Read(), Alice with { Session = "s" }).Reason.Should().Be(AccessReasons.SessionUnknown);
    }

    [Test]
    public void The_text_is_short_and_the_same_whatever_the_order()
    {
        var compiled = Compile([Grant("b"), Grant("a", g => g with { ToolRules = Rules(("x*", Decision.Deny)), ExpiresAt = Now.AddDays(1).UtcDateTime })], [Session("t"), Session("s", s => s with { Revoked = true })]);

        compiled.Sessions.Single().Text.Should().Be(
            """{"schema":"access.mcpoperator.io/v1","sessions":[{"n":"s","u":"alice","a":"planner","t":"high","e":1893557045,"r":true},{"n":"t","u":"alice","a":"planner","t":"high","e":1893557045}]}""");
        compiled.Grants.Single().Text.Should().Be(
            """{"schema":"access.mcpoperator.io/v1","grants":[{"name":"a","subjects":[{"user":"alice"}],"maxTrust":"high","sideEffects":["read","write","destructive"],"rules":[{"name":"x*","decision":"Deny"}],"expires":1893639845},"""
            + """{"name":"b","subjects":[{"user":"alice"}],"maxTrust":"high","sideEffects":["read","write","destructive"]}]}""");
        Compile([Grant("a", g => g with { ToolRules = Rules(("x*", Decision.Deny)), ExpiresAt = Now.AddDays(1).UtcDateTime }), Grant("b")], [Session("s", s => s with { Revoked = true }), Session("t")])
            .Revision.Should().Be(compiled.Revision);
    }

    [Test]
    public void Ten_thousand_sessions_fit_and_every_shard_stays_small()
    {
        var compiled = Compile([], Many(10_000));

        compiled.Sessions.Should().HaveCountLessThanOrEqualTo(AccessShards.MostSessionShards).And.OnlyContain(shard => Encoding.UTF8.GetByteCount(shard.Text) <= AccessShards.PreferredShard);
        var table = compiled.Read();
        table.Sessions.Should().Be(10_000);
        table.FindSession("s09999", out _)!.User.Should().Be("user-9999@example.com");
    }

    [Test]
    public void A_change_of_one_session_rewrites_one_shard_and_the_index()
    {
        var before = Compile([Grant()], Many(10_000));

        var after = Compile([Grant()], Many(10_000, (i, s) => i == 77 ? s with { Revoked = true } : s), before.Memory);

        after.Grants.Should().Equal(before.Grants);
        after.Sessions.Zip(before.Sessions).Count(pair => pair.First.Revision != pair.Second.Revision).Should().Be(1);
        after.Revision.Should().NotBe(before.Revision);
        var reader = new AccessReader("team-a", "weather");
        reader.TakeIndex(before).TakeShards(before);
        reader.TakeIndex(after).Missing.Should().ContainSingle("the reader fetches what changed and no more");
    }

    [Test]
    public void The_number_of_shards_grows_by_doubling_and_does_not_swing_at_a_border()
    {
        var few = Compile([], Many(1_000));
        var many = Compile([], Many(4_000), few.Memory);

        few.Sessions.Should().HaveCount(1);
        many.Sessions.Should().HaveCount(4);
        Compile([], Many(2_000), many.Memory).Sessions.Should().HaveCount(4, "half as much is no reason to move");
        Compile([], Many(300), many.Memory).Sessions.Should().HaveCountLessThan(4);
    }

    [Test]
    public void When_shards_double_an_entry_stays_or_moves_to_the_new_half()
    {
        foreach (var name in Enumerable.Range(0, 200).Select(i => $"s{i}"))
        {
            var (small, large) = (AccessShards.Of(name, 4), AccessShards.Of(name, 8));
            (large - small).Should().BeOneOf(0, 4);
        }

        Enumerable.Range(0, 800).GroupBy(i => AccessShards.Of($"s{i}", 8)).Should().HaveCount(8).And.OnlyContain(g => g.Count() > 60, "the shards fill evenly");
    }

    [Test]
    public void Beyond_ten_thousand_the_newest_are_left_out_and_revoked_ones_never()
    {
        var sessions = Many(10_001).Select((s, i) => s with { Metadata = s.Metadata with { CreationTimestamp = new DateTime(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i) } }).ToList();

        var compiled = Compile([], sessions);
        compiled.Carried.Sessions.Should().NotContainKey("s10000");
        compiled.Carried.Sessions.Should().ContainKey("s09999");

        sessions[10_000] = sessions[10_000] with { Spec = sessions[10_000].Spec with { Revoked = true } };
        var revoked = Compile([], sessions);
        revoked.Carried.Sessions.Should().ContainKey("s10000");
        revoked.Carried.Sessions.Should().NotContainKey("s09999");
    }

    [Test]
    public void A_grant_that_forbids_and_does_not_fit_closes_everything()
    {
        var subjects = Enumerable.Range(0, 256).Select(i => new GrantSubject { User = new string('u', 240) + i, Agent = new string('a', 240), Group = new string('g', 240) }).ToList();
        var grants = Enumerable.Range(0, 16).Select(i => Grant($"g{i}", g => g with { Subjects = subjects })).ToList();

        Compile(grants, []).Index.Closed.Should().BeNull("those that are left out allow less");
        Compile(grants, []).Grants.Should().OnlyContain(shard => shard.Text.Length <= AccessShards.LargestShard);

        var forbidding = grants.ConvertAll(g => g with { Spec = g.Spec with { ToolRules = Rules(("x", Decision.Deny)) } });
        var closed = Compile(forbidding, [Session()]);
        closed.Index.Closed.Should().Contain("MCPAccessGrant 'g");
        Decide(closed.Read(), Alice with { Session = "s" }).Reason.Should().Be(AccessReasons.AccessIncomplete);
    }

    [Test]
    public void What_has_ended_is_left_out()
    {
        var compiled = Compile(
            [Grant("ended", g => g with { ExpiresAt = Now.UtcDateTime }), Grant("off", g => g with { Disabled = true })],
            [Session("ended", s => s with { ExpiresAt = Now.UtcDateTime }), Session("revoked-and-ended", s => s with { Revoked = true, ExpiresAt = Now.AddSeconds(-1).UtcDateTime })]);

        compiled.Grants.Should().BeEmpty();
        compiled.Sessions.Should().BeEmpty();
    }

    [Test]
    public void A_revoked_session_stays_revoked_though_its_object_is_deleted_or_made_anew()
    {
        var revoked = Compile([Grant()], [Session(change: s => s with { Revoked = true })]);
        var remembered = AccessMemory.Read(revoked.IndexText, revoked.Sessions.Select(shard => shard.Text));

        foreach (var memory in new[] { revoked.Memory, remembered })
        {
            Decide(Compile([Grant()], [], memory).Read(), Alice with { Session = "s" }).Reason.Should().Be(AccessReasons.SessionRevoked);
            var anew = Compile([Grant()], [Session()], memory);
            Decide(anew.Read(), Alice with { Session = "s" }).Reason.Should().Be(AccessReasons.SessionRevoked);
            Compile([Grant()], [], anew.Memory, Now.AddHours(2)).Sessions.Should().BeEmpty("after its end the name is forgotten");
        }
    }

    [Test]
    public void A_reader_that_has_seen_a_session_revoked_does_not_believe_an_older_writer()
    {
        var reader = new AccessReader("team-a", "weather");
        var (open, revoked) = (Compile([Grant()], [Session()]), Compile([Grant()], [Session(change: s => s with { Revoked = true })]));

        foreach (var (written, reason) in new[] { (open, AccessReasons.Granted), (revoked, AccessReasons.SessionRevoked), (Compile([Grant()], []), AccessReasons.SessionRevoked), (open, AccessReasons.SessionRevoked) })
        {
            reader.TakeIndex(written).TakeShards(written);
            Decide(reader.Build(Now), Alice with { Session = "s" }).Reason.Should().Be(reason);
        }
    }

    [Test]
    public void A_shard_of_another_time_than_the_index_counts_as_missing()
    {
        var (open, revoked) = (Compile([Grant()], [Session()]), Compile([Grant()], [Session(change: s => s with { Revoked = true })]));
        var reader = new AccessReader("team-a", "weather");
        reader.TakeIndex(revoked).TakeShards(revoked, place => place.Part == AccessPart.Grants);

        reader.ReadShard(new(AccessPart.Sessions, 0), open.Sessions[0].Text).Should().Contain("the index names");

        reader.Missing.Should().Equal(new ShardPlace(AccessPart.Sessions, 0));
        Decide(reader.Build(Now), Alice with { Session = "s" }).Reason.Should().Be(AccessReasons.AccessIncomplete);
    }

    [Test]
    public void A_missing_shard_closes_its_part_alone()
    {
        var compiled = Compile([Grant(change: g => g with { Subjects = [new() { Agent = "planner" }] })], Many(5_000));
        var reader = new AccessReader("team-a", "weather");
        reader.TakeIndex(compiled).TakeShards(compiled, place => place != new ShardPlace(AccessPart.Sessions, 1));
        var table = reader.Build(Now);

        foreach (var i in Enumerable.Range(0, 50))
        {
            var (name, caller) = ($"s{i:D5}", Alice with { User = $"user-{i}@example.com" });
            var isThere = AccessShards.Of(name, compiled.Sessions.Count) != 1;
            Decide(table, caller with { Session = name }).Reason.Should().Be(isThere ? AccessReasons.Granted : AccessReasons.AccessIncomplete);
        }

        var withoutGrants = new AccessReader("team-a", "weather");
        withoutGrants.TakeIndex(compiled).TakeShards(compiled, place => place.Part == AccessPart.Sessions);
        Decide(withoutGrants.Build(Now), Alice with { User = "user-0@example.com", Session = "s00000" }).Reason.Should().Be(AccessReasons.AccessIncomplete, "a grant that is missing could forbid");
    }

    [TestCase("""{"schema":"access.mcpoperator.io/v2","namespace":"team-a","server":"weather","grants":[],"sessions":[]}""", "schema")]
    [TestCase("""{"schema":"access.mcpoperator.io/v1","namespace":"team-b","server":"weather","grants":[],"sessions":[]}""", "team-b/weather")]
    [TestCase("""{"schema":"access.mcpoperator.io/v1","namespace":"team-a","server":"weather","grants":["a","b","c"],"sessions":[]}""", "3 shards")]
    [TestCase("""{"schema":"access.mcpoperator.io/v1","namespace":"team-a","server":"weather"}""", "cannot be read")]
    [TestCase("nonsense", "cannot be read")]
    public void A_bad_index_never_replaces_a_good_one(string text, string problem)
    {
        var good = Compile([Grant()], [Session()]);
        var reader = new AccessReader("team-a", "weather");
        reader.TakeIndex(good).TakeShards(good);

        reader.ReadIndex(text).Should().Contain(problem);

        reader.Revision.Should().Be(good.Revision);
        Decide(reader.Build(Now), Alice with { Session = "s" }).IsAllowed.Should().BeTrue();
    }

    [Test]
    public void What_is_being_deleted_counts_no_more_whatever_holds_it_back()
    {
        var going = Given.Now.AddMinutes(-1).UtcDateTime;
        var grant = Given.Grant();
        var session = Given.Session();
        Given.Compile([grant with { Metadata = grant.Metadata with { DeletionTimestamp = going } }], [session]).Carried.Grants.Should().BeEmpty();
        Given.Compile([grant], [session with { Metadata = session.Metadata with { DeletionTimestamp = going } }]).Carried.Sessions.Should().BeEmpty();
        var revoked = Given.Session(change: s => s with { Revoked = true });
        Given.Compile([grant], [revoked with { Metadata = revoked.Metadata with { DeletionTimestamp = going } }]).Revoked.Should().ContainKey("s", "it must not come back");
    }
}
