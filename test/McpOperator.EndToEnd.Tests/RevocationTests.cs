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

            var refused = await RefusedAfterAsync(client, "mcpagentsession", $"session-{number}", """{"spec": {"revoked": true}}""");
            (refused.Status, refused.Reason).Should().Be((401, AccessReasons.SessionRevoked));
            (await other.CallAsync("echo", """{"text": "untouched"}""")).Should().Be("untouched");
        }
    }

    [Test]
    public async Task A_grant_that_kubectl_switches_off_opens_nothing_within_two_seconds_and_opens_again_as_soon()
    {
        var url = await RunGuardedAsync("weather");
        await MakeUsersClientAsync("weather", "planner");
        await GrantAsync("all", "weather", """ "subjects": [{"agent": "planner"}], "maxTrust": "high", "allowedSideEffects": ["read"] """);
        await SessionAsync("alice", "weather", """{"user": "alice"}""");
        await UntilInForceAsync("weather");
        await using var client = await SdkClient.OpenAsync(url, token: await Realm.UserTokenAsync("alice", "planner", Scope("weather", "echo")), agentSession: "alice");
        await client.CallAsync("echo", """{"text": "still there?"}""");

        var refused = await RefusedAfterAsync(client, "mcpaccessgrant", "all", """{"spec": {"disabled": true}}""");
        (refused.Status, refused.Reason).Should().Be((403, AccessReasons.NoGrant));
        (await client.ToolNamesAsync()).Should().BeEmpty();

        await Kubectl.RunAsync("patch", "mcpaccessgrant", "all", "-n", Ns, "--type=merge", "-p", """{"spec": {"disabled": false}}""");
        await Eventually.Becomes(() => RefusalAsync(client), refusal => refusal is null, "the grant opens again", () => Suite.Operator.LogEnd, Limit);
    }

    /// <summary>
    /// How the first call is refused after kubectl has changed something; it must be within two seconds of kubectl's end, because how long
    /// kubectl takes says nothing about us. The benchmark "revocation" measures both.
    /// </summary>
    private async Task<McpErrorException> RefusedAfterAsync(SdkClient client, string kind, string name, string patch)
    {
        var since = Stopwatch.StartNew();
        await Kubectl.RunAsync("patch", kind, name, "-n", Ns, "--type=merge", "-p", patch);
        var patched = since.Elapsed;
        var refused = await Eventually.Becomes(() => RefusalAsync(client), refusal => refusal is not null, $"{kind} {name} is taken back", () => Suite.Operator.LogEnd);
        var took = since.Elapsed - patched;
        Suite.Say($"{name}: refused {since.ElapsedMilliseconds} ms after kubectl was started, {took.TotalMilliseconds:0} ms after it had ended");
        took.Should().BeLessThan(Limit);
        return refused!;
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
