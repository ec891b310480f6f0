namespace McpOperator.Proxy.Limits;

/// <summary>
/// The times of the calls of the last minute. Exact: in no sixty seconds, wherever they begin, are there more calls than allowed, and the time
/// after which there is room again is known to the millisecond. Takes eight bytes a call.
/// </summary>
internal sealed class CallWindow
{
    /// <summary>The window, in milliseconds.</summary>
    public const long Minute = 60_000;

    private long[] _times = new long[8];
    private int _first;
    private int _count;

    /// <summary>Whether no call is remembered.</summary>
    public bool IsEmpty(long now)
    {
        Forget(now);
        return _count == 0;
    }

    /// <summary>How long to wait until there is room for some calls.</summary>
    /// <param name="calls">How many at once.</param>
    /// <param name="most">How many there may be in a minute.</param>
    /// <param name="now">The time, in milliseconds.</param>
    /// <returns>Milliseconds; nothing when there is room. More calls at once than ever allowed wait a minute each time.</returns>
    public long? WaitFor(int calls, int most, long now)
    {
        Forget(now);
        var over = _count + calls - most;
        return over <= 0 ? null : over > _count ? Minute : _times[(_first + over - 1) % _times.Length] + Minute - now;
    }

    /// <summary>Notes calls.</summary>
    public void Add(int calls, long now)
    {
        if (_count + calls > _times.Length)
        {
            var larger = new long[Math.Max(_times.Length * 2, _count + calls)];
            for (var i = 0; i < _count; i++)
            {
                larger[i] = _times[(_first + i) % _times.Length];
            }

            (_times, _first) = (larger, 0);
        }

        for (var i = 0; i < calls; i++)
        {
            _times[(_first + _count++) % _times.Length] = now;
        }
    }

    private void Forget(long now)
    {
        while (_count > 0 && _times[_first] <= now - Minute)
        {
            _first = (_first + 1) % _times.Length;
            _count--;
        }
    }
}
