using System.Diagnostics;
using McpOperator.Api;

namespace McpOperator.EndToEnd.Tests;

/// <summary>Whoever takes back what an agent may do is obeyed at once.</summary>
[Order(5)]
public sealed class RevocationTests : TokenTest
{
    private const int Trials = 6;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Test]
    public async Task A_session_that_kubectl_revokes_is_refused_within_two_seconds_and_all_others_go_on()
    {
        var url = await RunGuardedAsync("weather");
        await MakeUsersClientAsync("weather", "planner");
        await GrantAsync("all", "weather", """ "subjects": [{"agent": "planner"}], "maxTrust": "high", "allowedSideEffects": ["read"] """);
        foreach (var number in Enumerable.Range(0, Trials + 1))
        {
            await SessionAsync($"session-{number}", "weather", """{"user": "alice", "agent": "planner"}""");
        }

        await UntilInForceAsync("weather");
        var token = await Realm.UserTokenAsync("alice", "planner", Scope("weather", "echo"));
        await using var other = await SdkClient.OpenAsync(url, token: token, agentSession: $"session-{Trials}");
        foreach (var number in Enumerable.Range(0, Trials))
        {
            await using var client = await SdkClient.OpenAsync(url, token: token, agentSession: $"session-{number}");
            await client.CallAsync("echo", """{"text": "still there?"}""");

            var since = Stopwatch.StartNew();
            await Kubectl.RunAsync("patch", "mcpagentsession", $"session-{number}", "-n", Ns, "--type=merge", "-p", """{"spec": {"revoked": true}}""");
            var said = since.Elapsed;
            var refused = await Eventually.Becomes(() => RefusalAsync(client), refusal => refusal is not null, "the session is refused", () => Suite.Operator.LogEnd);
            Suite.Say($"session-{number}: refused {since.ElapsedMilliseconds} ms after kubectl was started, {(since.Elapsed - said).TotalMilliseconds:0} ms after it had ended");

            (refused!.Status, refused.Reason).Should().Be((401, AccessReasons.SessionRevoked));
            since.Elapsed.Should().BeLessThan(Limit);
            (await other.CallAsync("echo", """{"text": "untouched"}""")).Should().Be("untouched");
        }
    }

    private static async Task<McpErrorException?> RefusalAsync(SdkClient client)
    {
        try
        {
            await client.CallAsync("echo", """{"text": "still there?"}""");
            return null;
        }
        catch (McpErrorException e)
        {
            return e;
        }
    }
}
