using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using McpOperator.Api.Configuration;
using McpOperator.Policy;
using McpOperator.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace McpOperator.Proxy.Tests;

/// <summary>Several pods count together, in a real Redis, which is killed, held, locked and lied about.</summary>
public sealed class SharedLimitTests : IDisposable
{
    private const string Prefix = "mcp:acme:{team-a/everything}";
    private const string Call = """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{}}}""";

    private readonly Folder _login = new();

    public void Dispose() => _login.Dispose();

    private static PolicyDocument Policy(RedisServer redis, int most, LimitFallback fallback = LimitFallback.Deny, Func<SharedLimitPolicy, SharedLimitPolicy>? change = null) => ProxyFixture.Open(null) with
    {
        Limits = new()
        {
            ToolCallsPerMinute = most,
            Shared = (change ?? (s => s))(new()
            {
                Url = redis.Url,
                CertificateAuthorities = redis.Authority,
                KeyPrefix = Prefix,
                TimeoutMilliseconds = 1000,
                WhenUnavailable = fallback,
            }),
        },
    };

    private static Task<ProxyFixture> StartAsync(PolicyDocument policy, string? login = null) => ProxyFixture.StartAsync(policy, options: o => o with { LimitsLogin = login });

    private static async Task<HttpStatusCode> CallAsync(ProxyFixture proxy)
    {
        using var response = await proxy.PostAsync(Call);
        return response.StatusCode;
    }

    private static async Task RefusedAsync(ProxyFixture proxy, HttpStatusCode status, string reason)
    {
        using var response = await proxy.PostAsync(Call);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, text);
        JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("data").GetProperty("reason").GetString().Should().Be(reason);
    }

    private static Task HealsAsync(ProxyFixture proxy) => Soon.TrueAsync(async () => await CallAsync(proxy) == HttpStatusCode.OK, "calls are counted and let through again");

    [Test]
    public async Task Two_pods_have_one_budget_to_the_call_whatever_the_session()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(Policy(redis, 40));
        await using var two = await StartAsync(Policy(redis, 40));
        var sessions = await Task.WhenAll(one.OpenAsync(), two.OpenAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(async i =>
        {
            using var response = await (i % 2 == 0 ? one : two).PostAsync(Call, ("Mcp-Session-Id", sessions[i % 2]));
            return (response.StatusCode, Wait: response.Headers.RetryAfter?.Delta);
        }));

        answers.Count(a => a.StatusCode == HttpStatusCode.OK).Should().Be(40);
        answers.Where(a => a.StatusCode != HttpStatusCode.OK).Should().OnlyContain(a => a.StatusCode == HttpStatusCode.TooManyRequests && a.Wait > TimeSpan.FromSeconds(50) && a.Wait <= TimeSpan.FromSeconds(60));
        (one.Server.Executed.Count + two.Server.Executed.Count).Should().Be(40);

        // Neither a new session nor a pod that has just started is a new beginning; another server's calls are another matter.
        await using var three = await StartAsync(Policy(redis, 40));
        await three.OpenAsync();
        await RefusedAsync(three, HttpStatusCode.TooManyRequests, "rate_limited");
        await using var other = await StartAsync(Policy(redis, 40, change: s => s with { KeyPrefix = "mcp:acme:{team-a/other}" }));
        (await CallAsync(other)).Should().Be(HttpStatusCode.OK);
        (await redis.RunAsync("PTTL", $"{Prefix}:server")).Integer.Should().BeInRange(1, 60_000, "nothing is left of a server that nobody calls any more");
    }

    [Test]
    public async Task Clients_have_budgets_of_their_own_within_the_servers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 3));
        var limits = proxy.Host.Services.GetRequiredService<Limits.RateLimits>();
        var policy = Policy(redis, 3).Limits with { ToolCallsPerMinutePerClient = 2 };

        (await limits.TakeAsync(policy, "a", 2)).Breach.Should().BeNull();
        (await limits.TakeAsync(policy, "a", 1)).Breach.Should().Match<Limits.LimitBreach>(b => b.IsClients && b.Most == 2);
        (await limits.TakeAsync(policy, "b", 2)).Breach.Should().Match<Limits.LimitBreach>(b => !b.IsClients && b.Most == 3, "all calls of a request or none");
        (await limits.TakeAsync(policy, "b", 1)).Breach.Should().BeNull("what was refused counts for nothing");
        (await limits.TakeAsync(policy, "c", 3)).Breach!.Value.Wait.Should().Be(TimeSpan.FromMinutes(1), "more at once than ever allowed");
    }

    [Test]
    public async Task The_wait_is_true()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 3));
        await SeedAsync(redis, -61_000, -58_000, -57_000, -1_000);

        using var refused = await proxy.PostAsync(Call);
        var since = Stopwatch.StartNew();

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        wait.Should().Be(TimeSpan.FromSeconds(2), "the oldest call that counts was 58 s ago");
        // By a clock that can be trusted: timers go by ticks of some milliseconds, and ring that much early.
        while (since.Elapsed < wait)
        {
            await Task.Delay(1);
        }

        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        await RefusedAsync(proxy, HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Test]
    public async Task A_clock_that_was_set_back_neither_opens_nor_closes_for_ever()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 2));
        await SeedAsync(redis, 5_000, 5_000);
        await RefusedAsync(proxy, HttpStatusCode.TooManyRequests, "rate_limited");
        await SeedAsync(redis, 3_600_000, 3_600_000);
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Killed_and_started_anew_with_Deny()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 100));
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);

        redis.Kill();

        await RefusedAsync(proxy, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        using (var refused = await proxy.PostAsync(Call))
        {
            refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        }

        proxy.Server.Executed.Should().HaveCount(1, "what cannot be counted is not executed");
        (await proxy.MetricsAsync()).Should().Contain("mcp_proxy_limits_unavailable_total{result=\"denied\"} 2").And.Contain("mcp_proxy_denials_total{reason=\"limits_unavailable\"} 2");
        (await proxy.StateAsync("/policyz")).GetProperty("limits").GetProperty("problem").GetString().Should().NotBeEmpty();
        (await proxy.AskAsync("""{"jsonrpc":"2.0","id":5,"method":"tools/list"}""")).Should().Contain("\"add\"", "only calls of tools are counted");

        await redis.StartAsync();
        await HealsAsync(proxy);
        (await proxy.StateAsync("/policyz")).GetProperty("limits").TryGetProperty("problem", out _).Should().BeFalse();
    }

    [Test]
    public async Task Killed_with_PerPod_the_pod_goes_on_from_what_it_let_through()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 3, LimitFallback.PerPod));
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);

        redis.Kill();

        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        await RefusedAsync(proxy, HttpStatusCode.TooManyRequests, "rate_limited");
        (await proxy.MetricsAsync()).Should().Contain("mcp_proxy_limits_unavailable_total{result=\"per_pod\"} 2");
        await redis.StartAsync();
        await HealsAsync(proxy);
    }

    [Test]
    public async Task Killed_with_Allow_calls_go_through_and_are_marked()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 1, LimitFallback.Allow));
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        await RefusedAsync(proxy, HttpStatusCode.TooManyRequests, "rate_limited");

        redis.Kill();

        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        (await proxy.MetricsAsync()).Should().Contain("mcp_proxy_limits_unavailable_total{result=\"allowed\"} 1");
        await Soon.TrueAsync(() => proxy.Audit.Lines.Any(l => l.TryGetProperty("limits", out var limits) && limits.GetString() == "unavailable" && l.GetProperty("outcome").GetString() == "ok"), "the audit line says that the call was not counted");
        proxy.Audit.Lines.Count(l => l.TryGetProperty("limits", out _)).Should().Be(1, "what was counted is not marked");
        await redis.StartAsync();
        await Soon.TrueAsync(async () => await CallAsync(proxy) == HttpStatusCode.TooManyRequests, "it limits again");
    }

    [Test]
    public async Task A_server_that_hangs_costs_one_call_its_time_and_no_other()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(redis, 100, change: s => s with { TimeoutMilliseconds = 300 }));
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);

        redis.Hold();

        var began = Stopwatch.GetTimestamp();
        await RefusedAsync(proxy, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        Stopwatch.GetElapsedTime(began).Should().BeGreaterThan(TimeSpan.FromMilliseconds(250));
        began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            await RefusedAsync(proxy, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        }

        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(6), "they would have waited 300 ms each");
        redis.Release();
        await HealsAsync(proxy);
    }

    [Test]
    public async Task Who_has_the_wrong_password_counts_nothing_until_the_right_one_is_mounted()
    {
        await using var redis = await RedisServer.StartAsync(false, "--requirepass", "right");
        _login.Write("password", "wrong\n");
        await using var proxy = await StartAsync(Policy(redis, 100), _login.Path);
        await RefusedAsync(proxy, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        (await proxy.StateAsync("/policyz")).GetProperty("limits").GetProperty("problem").GetString().Should().Contain("WRONGPASS");

        _login.Write("password", "right\n");
        await HealsAsync(proxy);

        await using var nobody = await StartAsync(Policy(redis, 100), Path.Combine(_login.Path, "nothing"));
        await RefusedAsync(nobody, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        (await nobody.StateAsync("/policyz")).GetProperty("limits").GetProperty("problem").GetString().Should().Contain("is the Secret in the server's namespace?");
    }

    [Test]
    public async Task A_tenants_user_reaches_its_own_counters_and_no_others()
    {
        await using var redis = await RedisServer.StartAsync();
        // As docs/access.md says it.
        await redis.RunAsync("ACL", "SETUSER", "acme", "on", ">secret", "resetkeys", "~mcp:acme:*", "resetchannels", "-@all",
            "+ping", "+eval", "+time", "+llen", "+lindex", "+lpop", "+rpush", "+del", "+pexpireat");
        _login.Write("username", "acme\n");
        _login.Write("password", "secret\n");
        await using var own = await StartAsync(Policy(redis, 2), _login.Path);
        (await CallAsync(own)).Should().Be(HttpStatusCode.OK);
        (await CallAsync(own)).Should().Be(HttpStatusCode.OK);
        await RefusedAsync(own, HttpStatusCode.TooManyRequests, "rate_limited");

        await using var foreign = await StartAsync(Policy(redis, 2, change: s => s with { KeyPrefix = "mcp:other:{team-b/everything}" }), _login.Path);
        await RefusedAsync(foreign, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        (await foreign.StateAsync("/policyz")).GetProperty("limits").GetProperty("problem").GetString().Should().Contain("NOPERM");
        (await redis.RunAsync("EXISTS", "mcp:other:{team-b/everything}:server")).Integer.Should().Be(0);
        File.Delete(Path.Combine(_login.Path, "username"));
    }

    [Test]
    public async Task With_TLS_only_the_authority_that_is_named_counts()
    {
        await using var redis = await RedisServer.StartAsync(tls: true);
        await using var right = await StartAsync(Policy(redis, 100));
        (await CallAsync(right)).Should().Be(HttpStatusCode.OK);

        await using var other = await RedisServer.StartAsync(tls: true);
        foreach (var authorities in new[] { other.Authority, null, "no certificate" })
        {
            await using var wrong = await StartAsync(Policy(redis, 100, change: s => s with { CertificateAuthorities = authorities }));
            await RefusedAsync(wrong, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
        }

        await using var plain = await StartAsync(Policy(redis, 100, change: s => s with { Url = redis.Url.Replace("rediss", "redis", StringComparison.Ordinal) }));
        await RefusedAsync(plain, HttpStatusCode.ServiceUnavailable, "limits_unavailable");
    }

    [Test]
    public async Task A_policy_moves_the_counters_and_closes_none_in_use()
    {
        await using var first = await RedisServer.StartAsync();
        await using var second = await RedisServer.StartAsync();
        await using var proxy = await StartAsync(Policy(first, 1));
        (await CallAsync(proxy)).Should().Be(HttpStatusCode.OK);
        await RefusedAsync(proxy, HttpStatusCode.TooManyRequests, "rate_limited");

        proxy.Write(Policy(second, 1));

        await HealsAsync(proxy);
        (await second.RunAsync("LLEN", $"{Prefix}:server")).Integer.Should().Be(1);
        proxy.Write(Policy(second, 1) with { Limits = new() });
        await Soon.TrueAsync(async () => await CallAsync(proxy) == HttpStatusCode.OK, "no limits, no counters");
        (await proxy.StateAsync("/policyz")).TryGetProperty("limits", out _).Should().BeFalse();
    }

    /// <summary>Puts calls into the server's window, so many milliseconds from now.</summary>
    private static async Task SeedAsync(RedisServer redis, params int[] times)
    {
        var clock = (await redis.RunAsync("TIME")).Items!;
        var now = (long.Parse(clock[0].Text, CultureInfo.InvariantCulture) * 1000) + (long.Parse(clock[1].Text, CultureInfo.InvariantCulture) / 1000);
        await redis.RunAsync("DEL", $"{Prefix}:server");
        await redis.RunAsync(["RPUSH", $"{Prefix}:server", .. times.Select(t => (now + t).ToString(CultureInfo.InvariantCulture))]);
    }
}
