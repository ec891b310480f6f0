using McpOperator.Proxy.Limits;

namespace McpOperator.Proxy.Tests;

public sealed class CallWindowTests
{
    [Test]
    public void In_no_minute_are_there_more_calls_than_allowed_and_the_wait_is_true()
    {
        var (window, made, random) = (new CallWindow(), new List<long>(), new Random(7));
        for (long now = 0; now < 600_000; now += random.Next(1, 4000))
        {
            if (window.WaitFor(1, 20, now) is { } wait)
            {
                wait.Should().BePositive();
                made.Count(t => t > now - CallWindow.Minute).Should().Be(20, "it refuses only when it is full");
                made.Count(t => t > now + wait - CallWindow.Minute).Should().BeLessThan(20);
                made.Count(t => t > now + wait - 1 - CallWindow.Minute).Should().Be(20, "a millisecond earlier there is no room");
            }
            else
            {
                window.Add(1, now);
                made.Add(now);
            }
        }

        made.Should().HaveCountGreaterThan(100);
        made.Should().OnlyContain(start => made.Count(t => t >= start && t < start + CallWindow.Minute) <= 20);
    }

    [Test]
    public void Several_calls_at_once_need_room_for_all()
    {
        var window = new CallWindow();
        window.Add(3, 0);
        window.WaitFor(2, 5, 10).Should().BeNull();
        window.WaitFor(3, 5, 10).Should().Be(CallWindow.Minute - 10);
        window.WaitFor(6, 5, 10).Should().Be(CallWindow.Minute, "more than ever allowed at once");
    }
}
