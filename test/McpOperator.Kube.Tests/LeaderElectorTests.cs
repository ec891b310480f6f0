using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class LeaderElectorTests : ServerTest
{
    private readonly List<Candidate> _candidates = [];
    private FakeClock _clock = null!;
    private int _leading;
    private int _atMost;

    [SetUp]
    public void Forget()
    {
        _candidates.Clear();
        _clock = new();
        (_leading, _atMost) = (0, 0);
    }

    [TearDown]
    public async Task StopAll()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.StopAsync();
        }
    }

    [Test]
    public async Task One_of_two_leads_and_the_other_follows_at_once_when_it_ends_in_good_order()
    {
        var first = Start("first");
        await Advancing(() => first.Elector.IsLeader);
        var second = Start("second");
        await Advancing(() => second.Elector.Leader == "first");
        for (var i = 0; i < 60; i++)
        {
            await Step();
        }

        second.Elector.IsLeader.Should().BeFalse();
        await first.StopAsync();
        Lease().Spec.HolderIdentity.Should().BeEmpty();
        var before = _clock.GetUtcNow();
        await Advancing(() => second.Elector.IsLeader);
        (_clock.GetUtcNow() - before).Should().BeLessThan(TimeSpan.FromSeconds(6));
        Lease().Spec.LeaseTransitions.Should().Be(2 - 1);
        _atMost.Should().Be(1);
    }

    [Test]
    public async Task When_the_leader_dies_the_other_follows_after_the_leases_time_and_not_before()
    {
        Server.Store.Put(new V1Lease
        {
            Metadata = new() { Name = "lead", NamespaceProperty = "shop" },
            Spec = new() { HolderIdentity = "dead", LeaseDurationSeconds = 15, RenewTime = DateTime.UnixEpoch, AcquireTime = DateTime.UnixEpoch },
        });
        var began = _clock.GetUtcNow();
        var second = Start("second");
        await Advancing(() => second.Elector.IsLeader);
        (_clock.GetUtcNow() - began).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(15), "its times are another machine's clock")
            .And.BeLessThan(TimeSpan.FromSeconds(22));
    }

    [Test]
    public async Task A_leader_that_cannot_renew_stops_before_another_may_begin()
    {
        var first = Start("first");
        await Advancing(() => first.Elector.IsLeader);
        var began = _clock.GetUtcNow();
        Server.Fail("update", "leases", 500, times: 10_000);
        await Advancing(() => _leading == 0);
        (_clock.GetUtcNow() - began).Should().BeLessThan(TimeSpan.FromSeconds(15));
        first.Elector.IsLeader.Should().BeFalse();
    }

    [Test]
    public async Task A_leader_that_lost_the_lease_stops_and_stands_again()
    {
        var first = Start("first");
        await Advancing(() => first.Elector.IsLeader);
        var stolen = Lease();
        Server.Store.Put(stolen with { Spec = stolen.Spec with { HolderIdentity = "thief" } });
        await Advancing(() => !first.Elector.IsLeader && _leading == 0);
        first.Elector.Leader.Should().Be("thief");
        await Advancing(() => first.Elector.IsLeader);
        Lease().Spec.HolderIdentity.Should().Be("first");
    }

    [Test]
    public async Task A_leader_that_is_stopped_in_the_middle_of_a_renewal_gives_the_lease_up_nevertheless()
    {
        var first = Start("first");
        await Advancing(() => first.Elector.IsLeader);
        // The renewal has arrived, and its answer has not.
        var renewed = Lease();
        Server.Store.Put(renewed with { Spec = renewed.Spec with { RenewTime = renewed.Spec.RenewTime + TimeSpan.FromSeconds(2) } });
        await first.StopAsync();
        Lease().Spec.HolderIdentity.Should().BeEmpty();
    }

    [Test]
    public async Task A_leader_that_is_stopped_leaves_a_lease_alone_that_another_has_by_now()
    {
        var first = Start("first");
        await Advancing(() => first.Elector.IsLeader);
        var stolen = Lease();
        Server.Store.Put(stolen with { Spec = stolen.Spec with { HolderIdentity = "thief" } });
        await first.StopAsync();
        Lease().Spec.HolderIdentity.Should().Be("thief");
    }

    [Test]
    public async Task Of_many_candidates_one_leads()
    {
        var all = Enumerable.Range(0, 5).Select(i => Start($"c{i}")).ToArray();
        await Advancing(() => all.Any(c => c.Elector.IsLeader));
        for (var i = 0; i < 40; i++)
        {
            await Step();
        }

        all.Count(c => c.Elector.IsLeader).Should().Be(1);
        _atMost.Should().Be(1);
    }

    [Test]
    public async Task When_the_work_ends_by_itself_the_lease_is_given_up_and_its_error_comes_through()
    {
        var elector = new LeaderElector(Client, Options("first"), _clock);
        var running = elector.RunAsync(_ => throw new InvalidOperationException("on purpose"), Ended);
        var wait = () => Eventually.Ends(running);
        await wait.Should().ThrowAsync<InvalidOperationException>();
        elector.IsLeader.Should().BeFalse();
    }

    [Test]
    public void Times_that_could_let_two_lead_are_refused()
    {
        var making = () => new LeaderElector(Client, Options("x") with { RenewDeadline = TimeSpan.FromSeconds(15) });
        making.Should().Throw<ArgumentException>();
    }

    private V1Lease Lease() => KubernetesJson.Deserialize<V1Lease>(
        KubernetesJson.SerializeToUtf8Bytes(Server.Store.Find(ResourceType.Of<V1Lease>(), "shop", "lead")!));

    private static LeaderElectionOptions Options(string identity) => new() { Namespace = "shop", Name = "lead", Identity = identity };

    private Candidate Start(string identity)
    {
        var candidate = new Candidate(new(Client, Options(identity), _clock));
        candidate.Running = candidate.Elector.RunAsync(WorkAsync, candidate.Stop.Token);
        _candidates.Add(candidate);
        return candidate;
    }

    private async Task WorkAsync(CancellationToken ct)
    {
        _atMost = Math.Max(_atMost, Interlocked.Increment(ref _leading));
        try
        {
            await Task.Delay(Timeout.Infinite, ct);
        }
        finally
        {
            Interlocked.Decrement(ref _leading);
        }
    }

    private Task Advancing(Func<bool> condition) => Eventually.Holds(condition, each: () => Step().Wait());

    /// <summary>A little time, and then real time for the requests that it set off.</summary>
    private async Task Step()
    {
        var before = Server.Requests.Count;
        _clock.Advance(TimeSpan.FromSeconds(0.25));
        for (var quiet = 0; quiet < 3; quiet++)
        {
            await Task.Delay(1);
            if (Server.Requests.Count != before)
            {
                (before, quiet) = (Server.Requests.Count, 0);
            }
        }
    }

    private sealed class Candidate(LeaderElector elector)
    {
        public LeaderElector Elector { get; } = elector;

        public CancellationTokenSource Stop { get; } = new();

        public Task Running { get; set; } = Task.CompletedTask;

        public async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Eventually.Ends(Running);
        }
    }
}
