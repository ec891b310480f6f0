using System.Text.Json.Nodes;

namespace McpOperator.EndToEnd.Tests;

/// <summary>Sessions of a server that keeps them in its memory, with several pods, none of which Kubernetes knows to belong to a session.</summary>
[Order(2)]
[TestFixture("streamable-http")]
[TestFixture("stdio")]
public sealed class SessionsTests(string transport) : PodTest
{
    private const int Sessions = 6;

    [Test]
    public async Task Three_pods_serve_every_session_wherever_its_calls_arrive_and_one_that_is_left_keeps_its_own()
    {
        await RunServerAsync("echo", transport, """{"scaling": {"minScale": 3}}""");
        var pods = await UntilPodsAsync("echo", 3);

        await using (var load = await Load.StartAsync(Sessions, [.. pods.Select(ProxyOf)]))
        {
            await Task.Delay(TimeSpan.FromSeconds(4));
            var report = await load.StopAsync();
            Suite.Say($"three pods: {report}");
            report.Should().BeEquivalentTo(new { Opened = Sessions, Lost = 0, Refused = 0, Wrong = 0 });
            report.Calls.Should().BeGreaterThan(Sessions * 3);
            report.Pods.Should().HaveCount(3, "each has opened its share of the sessions");
        }

        var held = await Task.WhenAll(pods.Select(async pod =>
        {
            var client = await SdkClient.OpenAsync(ProxyOf(pod));
            return (Pod: pod.Name(), Client: client, Before: await client.WhoAmIAsync());
        }));
        await Api.MergeAsync(Kinds.Server, Ns, "echo", JsonNode.Parse("""{"spec": {"scaling": {"minScale": 1}}}""")!);
        var left = (await UntilPodsAsync("echo", 1))[0];

        foreach (var (pod, client, before) in held)
        {
            // Through the pod that is left, by a client that has the session's id: the other addresses are gone with their pods.
            var (status, answer) = await RawSession.CallAsync(ProxyOf(left), client.Session!, "whoami");
            if (pod == left.Name())
            {
                status.Should().Be(200, answer);
                answer.Should().Contain(before.Secret);
            }
            else
            {
                status.Should().Be(404, $"the session was {pod}'s: {answer}");
            }

            await client.DisposeAsync();
        }
    }

    [Test]
    public async Task A_pod_that_is_told_to_go_answers_all_who_still_come_and_its_server_stays_until_then()
    {
        var url = await RunServerAsync("echo", transport, """{"scaling": {"minScale": 2}}""");
        var pods = await UntilPodsAsync("echo", 2);
        await using var load = await Load.StartAsync(Sessions, [url]);
        await Task.Delay(TimeSpan.FromSeconds(1));

        await Api.DeleteAsync(Kinds.Pod, Ns, pods[0].Name());
        await Eventually.Becomes(() => Api.FindAsync(Kinds.Pod, Ns, pods[0].Name()), pod => pod is null, "the pod goes", within: Start);
        await UntilPodsAsync("echo", 2);

        var report = await load.StopAsync();
        Suite.Say($"a pod was told to go: {report}");
        report.Wrong.Should().Be(0);
        report.Errors.Keys.Should().NotContain(error => error.Contains("upstream_failed", StringComparison.Ordinal), "no proxy outlives its server");
    }

    [Test]
    public async Task A_pod_that_is_killed_under_load_takes_only_its_own_sessions_with_it_and_clients_recover()
    {
        var url = await RunServerAsync("echo", transport, """{"scaling": {"minScale": 2}}""");
        var pods = await UntilPodsAsync("echo", 2);
        await using var load = await Load.StartAsync(Sessions, [url]);
        await Task.Delay(TimeSpan.FromSeconds(2));

        var killed = pods[0].Name();
        await Api.SendAsync(HttpMethod.Delete, KubeApi.Path(Kinds.Pod, Ns, killed), new JsonObject { ["gracePeriodSeconds"] = 0 });
        await Eventually.Becomes(() => Api.FindAsync(Kinds.Pod, Ns, killed), pod => pod is null, "the pod goes", within: Start);
        await UntilPodsAsync("echo", 2);
        await Task.Delay(TimeSpan.FromSeconds(2));

        var report = await load.StopAsync();
        Suite.Say($"a pod was killed: {report}");
        report.Wrong.Should().Be(0);
        report.Lost.Should().BeInRange(0, Sessions, "nobody loses a session twice");
        report.Opened.Should().Be(Sessions + report.Lost, "whoever lost a session has a new one, and nobody else does");
        report.Pods.Keys.Should().Contain(pods[1].Name());
    }
}
