using McpOperator.TestKit;

namespace McpOperator.Kube.Tests;

public sealed class WorkQueueTests
{
    private FakeClock _clock = null!;
    private WorkQueue<string> _queue = null!;

    [SetUp]
    public void Start()
    {
        _clock = new();
        _queue = new("test", new() { RetriesPerSecond = 1, RetryBurst = 3, LongestBackoff = TimeSpan.FromSeconds(10) }, _clock);
    }

    [TearDown]
    public void Stop() => _queue.Dispose();

    [Test]
    public async Task A_key_waits_once_however_often_it_is_added()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");
        _queue.Depth.Should().Be(2);
        (await _queue.TakeAsync()).Key.Should().Be("a");
        (await _queue.TakeAsync()).Key.Should().Be("b");
        _queue.Depth.Should().Be(0);
    }

    [Test]
    public async Task A_key_that_is_worked_on_is_given_to_nobody_else_and_comes_again_afterwards()
    {
        _queue.Add("a");
        await _queue.TakeAsync();
        _queue.Add("a");
        var second = _queue.TakeAsync().AsTask();
        second.IsCompleted.Should().BeFalse();
        _queue.Done("a");
        (await Eventually.Ends(second)).Should().Be((true, "a"));
        _queue.Done("a");
        _queue.Depth.Should().Be(0);
    }

    [Test]
    public void A_delayed_key_comes_when_its_time_has_come()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        _queue.Depth.Should().Be(0);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        _queue.Depth.Should().Be(1);
    }

    [Test]
    public void Of_several_times_the_earliest_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(9));
        _clock.Advance(TimeSpan.FromSeconds(3));
        _queue.Depth.Should().Be(1);
        _queue.Delayed.Should().Be(0);
    }

    [Test]
    public async Task A_key_that_comes_early_does_not_come_again_for_its_delay()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.Add("a");
        await _queue.TakeAsync();
        _queue.Done("a");
        _clock.Advance(TimeSpan.FromSeconds(10));
        _queue.Depth.Should().Be(0);
    }

    [Test]
    public async Task Pauses_double_up_to_the_limit_and_forgetting_begins_anew()
    {
        var queue = new WorkQueue<string>("test", new() { LongestBackoff = TimeSpan.FromSeconds(3) }, _clock);
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            pauses.Add(await PauseAsync(queue));
        }

        for (var i = 0; i < pauses.Count; i++)
        {
            pauses[i].Should().BeInRange(Math.Min(3, 0.1 * Math.Pow(2, i)) * 0.79, (Math.Min(3, 0.1 * Math.Pow(2, i)) * 1.21) + 0.02);
        }

        queue.Failures("a").Should().Be(8);
        queue.Forget("a");
        (await PauseAsync(queue)).Should().BeLessThan(0.15);
        queue.Dispose();
    }

    [Test]
    public void Many_failing_keys_share_one_rate()
    {
        for (var i = 0; i < 13; i++)
        {
            _queue.AddRateLimited($"k{i}");
        }

        _clock.Advance(TimeSpan.FromSeconds(0.9));
        _queue.Depth.Should().Be(3, "that is the burst");
        _clock.Advance(TimeSpan.FromSeconds(5));
        _queue.Depth.Should().Be(8, "one a second follows");
        _clock.Advance(TimeSpan.FromSeconds(10));
        _queue.Depth.Should().Be(13);
    }

    [Test]
    public async Task Shutting_down_gives_out_what_waits_and_drops_what_is_delayed()
    {
        _queue.Add("a");
        _queue.AddAfter("b", TimeSpan.FromSeconds(1));
        _queue.ShutDown();
        _queue.Add("c");
        (await _queue.TakeAsync()).Should().Be((true, "a"));
        (await _queue.TakeAsync()).Taken.Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(5));
        _queue.Depth.Should().Be(0);
    }

    [Test]
    public async Task Waiting_workers_are_sent_home()
    {
        var waiting = new[] { _queue.TakeAsync().AsTask(), _queue.TakeAsync().AsTask() };
        _queue.ShutDown();
        (await Eventually.Ends(Task.WhenAll(waiting))).Should().OnlyContain(t => !t.Taken);
    }

    [Test]
    public async Task A_worker_that_gives_up_waiting_takes_no_key_with_it()
    {
        using var cancel = new CancellationTokenSource();
        var first = _queue.TakeAsync(cancel.Token).AsTask();
        var second = _queue.TakeAsync().AsTask();
        await cancel.CancelAsync();
        _queue.Add("a");
        (await Eventually.Ends(second)).Key.Should().Be("a");
        await Eventually.Holds(() => first.IsCanceled);
    }

    [Test]
    public async Task Under_load_no_key_is_lost_and_none_is_worked_on_twice_at_once()
    {
        using var queue = new WorkQueue<int>("test");
        var wanted = new int[50];
        var done = new int[50];
        var busy = new int[50];
        var clashes = 0;
        async Task Work()
        {
            while (await queue.TakeAsync() is (true, var key))
            {
                clashes += Interlocked.Increment(ref busy[key]) > 1 ? 1 : 0;
                var seen = Volatile.Read(ref wanted[key]);
                await Task.Yield();
                Volatile.Write(ref done[key], seen);
                Interlocked.Decrement(ref busy[key]);
                queue.Done(key);
            }
        }

        var workers = Enumerable.Range(0, 8).Select(_ => Task.Run(Work)).ToArray();
        await Parallel.ForAsync(0, 20_000, (i, _) =>
        {
            Interlocked.Increment(ref wanted[i % 50]);
            queue.Add(i % 50);
            return ValueTask.CompletedTask;
        });
        await Eventually.Holds(() => wanted.SequenceEqual(done));
        queue.ShutDown();
        await Eventually.Ends(Task.WhenAll(workers));
        clashes.Should().Be(0);
    }

    private async Task<double> PauseAsync(WorkQueue<string> queue)
    {
        queue.AddRateLimited("a");
        var began = _clock.GetTimestamp();
        while (queue.Depth == 0)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        await queue.TakeAsync();
        queue.Done("a");
        return _clock.GetElapsedTime(began).TotalSeconds;
    }
}
