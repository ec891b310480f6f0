using McpOperator.Policy;

namespace McpOperator.Proxy.Limits;

/// <summary>A limit that some calls would break.</summary>
/// <param name="Most">Calls that it allows in a minute.</param>
/// <param name="IsClients">Whether it is the client's; otherwise the server's.</param>
/// <param name="Wait">When there is room again.</param>
internal readonly record struct LimitBreach(int Most, bool IsClients, TimeSpan Wait);

/// <summary>
/// Counts calls of tools in this pod. Several pods count each for itself, so a server with several pods lets through as many times as many; a
/// refused call counts for nothing.
/// </summary>
internal sealed class RateLimits(TimeProvider time)
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
        if (limits is { ToolCallsPerMinute: null, ToolCallsPerMinutePerClient: null })
        {
            return null;
        }

        lock (_gate)
        {
            var now = (long)time.GetElapsedTime(0).TotalMilliseconds;
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
