using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpOperator.Policy;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Redis;

namespace McpOperator.Proxy.Limits;

/// <summary>
/// Counts the calls of tools of all pods of a server, in Redis or Valkey: by one script for each request, which looks and counts in one step,
/// by that server's clock. As exact as <see cref="CallWindow"/>, of which it is the counterpart.
/// </summary>
internal sealed class SharedCounters : IAsyncDisposable
{
    /// <summary>Requests that still use counters that a new policy has replaced are answered by then.</summary>
    private static readonly TimeSpan Retirement = TimeSpan.FromSeconds(10);

    /// <summary>
    /// KEYS: windows, each a list of times in milliseconds, oldest first. ARGV: the number of calls, then how many each window takes in a
    /// minute. Answers the number of the window that has no room and the milliseconds to wait, or 0 and 0 when all calls have been counted.
    /// </summary>
    /// <remarks>
    /// A clock that was set back a little stands still until it has caught up; one that was set back by more than a minute begins anew.
    /// </remarks>
    private const string Script = """
        local minute = 60000
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local calls = tonumber(ARGV[1])
        for _, key in ipairs(KEYS) do
          local last = tonumber(redis.call('LINDEX', key, -1) or now)
          if last > now + minute then redis.call('DEL', key) elseif last > now then now = last end
        end
        for i, key in ipairs(KEYS) do
          local first = redis.call('LINDEX', key, 0)
          while first and tonumber(first) <= now - minute do
            redis.call('LPOP', key)
            first = redis.call('LINDEX', key, 0)
          end
          local count = redis.call('LLEN', key)
          local over = count + calls - tonumber(ARGV[i + 1])
          if over > count then return {i, minute} end
          if over > 0 then return {i, redis.call('LINDEX', key, over - 1) + minute - now} end
        end
        for _, key in ipairs(KEYS) do
          for _ = 1, calls do redis.call('RPUSH', key, string.format('%d', now)) end
          redis.call('PEXPIREAT', key, string.format('%d', now + minute))
        end
        return {0, 0}
        """;

    private readonly PolicyStore _policies;
    private readonly string? _loginFolder;
    private readonly TimeProvider _time;
    private readonly ILogger<SharedCounters> _log;
    private readonly Lock _gate = new();
    private volatile Place? _current;
    private string? _said;

    /// <param name="policies">Says where they are found.</param>
    /// <param name="loginFolder">The folder with user and password; nothing: nobody logs in.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where it is told when they go away and come back.</param>
    public SharedCounters(PolicyStore policies, string? loginFolder, TimeProvider time, ILogger<SharedCounters> log)
    {
        (_policies, _loginFolder, _time, _log) = (policies, loginFolder, time, log);
        policies.Applied += _ => Follow();
        Follow();
    }

    /// <summary>Where they are found; nothing where each pod counts for itself.</summary>
    public string? Address => _current?.Policy.Url;

    /// <summary>Why the last call could not be counted; nothing when it was.</summary>
    public string? Problem => Address is null ? null : _said;

    /// <summary>Counts calls, all or none.</summary>
    /// <returns>The limit that they would break; nothing when they have been counted.</returns>
    /// <exception cref="RedisException">The counters are away.</exception>
    public async ValueTask<LimitBreach?> TakeAsync(LimitPolicy limits, string client, int calls)
    {
        var windows = WindowsOf(limits, client).ToList();
        // With the whole script each time, which Redis keeps compiled: it is a packet, and there is nothing to remember of who knows it.
        var (number, wait) = await AskAsync(RespCommand.Of(
            ["EVAL", Script, Text(windows.Count), .. windows.Select(window => window.Key), Text(calls), .. windows.Select(window => Text(window.Most))]));
        return number == 0 ? null : new(windows[number - 1].Most, windows[number - 1].IsClients, TimeSpan.FromMilliseconds(wait));
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is { Client: var client })
        {
            await client.DisposeAsync();
        }
    }

    /// <summary>The client's first, as <see cref="PodCounters"/> does it.</summary>
    private static IEnumerable<(string Key, int Most, bool IsClients)> WindowsOf(LimitPolicy limits, string client)
    {
        var prefix = limits.Shared!.KeyPrefix;
        if (limits.ToolCallsPerMinutePerClient is { } mostOfClient)
        {
            // A client chooses its name, which may be long and say who somebody is.
            yield return ($"{prefix}:client:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(client)).AsSpan(0, 16))}", mostOfClient, true);
        }

        if (limits.ToolCallsPerMinute is { } most)
        {
            yield return ($"{prefix}:server", most, false);
        }
    }

    private async Task<(int Number, long Wait)> AskAsync(ReadOnlyMemory<byte> command)
    {
        try
        {
            var client = _current?.Client ?? throw new RedisException("the policy names none");
            var reply = await client.SendAsync(command);
            if (reply.Items is not [{ Kind: RespKind.Integer, Integer: >= 0 and <= 2 and var number }, { Kind: RespKind.Integer, Integer: >= 0 and <= CallWindow.Minute and var wait }])
            {
                throw new RedisException("it answers something else than the script does");
            }

            Say(null);
            return ((int)number, wait);
        }
        catch (RedisException e)
        {
            Say(e.Message);
            throw;
        }
    }

    /// <summary>Uses what the policy in force names.</summary>
    private void Follow()
    {
        lock (_gate)
        {
            var policy = _policies.Current?.Document.Limits.Shared;
            if (policy == _current?.Policy)
            {
                return;
            }

            if (_current is { Client: var before })
            {
                _ = RetireAsync(before);
            }

            _current = policy is null ? null : new(policy, new RedisClient(
                new RedisTarget(policy.Url, policy.CertificateAuthorities),
                () => _loginFolder is null ? null : RedisLogin.Read(_loginFolder),
                TimeSpan.FromMilliseconds(policy.TimeoutMilliseconds),
                _time));
            _current?.Client.Connect();
        }
    }

    private async Task RetireAsync(RedisClient client)
    {
        await Task.Delay(Retirement, _time);
        await client.DisposeAsync();
    }

    private void Say(string? problem)
    {
        if (Interlocked.Exchange(ref _said, problem) == problem)
        {
            return;
        }

        if (problem is null)
        {
            _log.LogInformation("Tool calls are counted in {Address} again", Address);
        }
        else
        {
            _log.LogWarning("Tool calls cannot be counted in {Address}: {Problem}", Address, problem);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Place(SharedLimitPolicy Policy, RedisClient Client);
}
