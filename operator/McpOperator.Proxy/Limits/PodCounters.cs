using McpOperator.Policy;

namespace McpOperator.Proxy.Limits;

/// <summary>Counts the calls of tools that go through this pod. A refused call counts for nothing.</summary>
internal sealed class PodCounters(TimeProvider time)
{
    /// <summary>Beyond so many clients within one minute, further ones are counted together.</summary>
    private const int MostClients = 4096;

    private readonly Lock _gate = new();
    private readonly CallWindow _server = new();
    private readonly CallWindow _others = new();
    private readonly Dictionary<string, CallWindow> _clients = new(StringComparer.Ordinal);

    /// <summary>Counts calls, all or none.</summary>
    /// <param name="limits">What is allowed; absent members allow everything.</param>
    /// <param name="client">Who calls.</param>
    /// <param name="calls">How many calls at once.</param>
    /// <returns>The limit that they would break; nothing when they may be made.</returns>
    public LimitBreach? Take(LimitPolicy limits, string client, int calls)
    {
        lock (_gate)
        {
            var now = Now();
            var own = WindowOf(client, now);
            if (limits.ToolCallsPerMinutePerClient is { } mostOfClient && own.WaitFor(calls, mostOfClient, now) is { } wait)
            {
                return new(mostOfClient, true, TimeSpan.FromMilliseconds(wait));
            }

            if (limits.ToolCallsPerMinute is { } most && _server.WaitFor(calls, most, now) is { } serverWait)
            {
                return new(most, false, TimeSpan.FromMilliseconds(serverWait));
            }

            own.Add(calls, now);
            _server.Add(calls, now);
            return null;
        }
    }

    /// <summary>Counts calls that somebody else has let through.</summary>
    public void Note(string client, int calls)
    {
        lock (_gate)
        {
            var now = Now();
            WindowOf(client, now).Add(calls, now);
            _server.Add(calls, now);
        }
    }

    private long Now() => (long)time.GetElapsedTime(0).TotalMilliseconds;

    private CallWindow WindowOf(string client, long now)
    {
        if (_clients.TryGetValue(client, out var window))
        {
            return window;
        }

        if (_clients.Count >= MostClients)
        {
            foreach (var idle in _clients.Where(c => c.Value.IsEmpty(now)).Select(c => c.Key).ToList())
            {
                _clients.Remove(idle);
            }
        }

        return _clients.Count >= MostClients ? _others : _clients[client] = new CallWindow();
    }
}
