using System.Net;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Proxy.Tests;

public sealed class SessionTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""";

    [Test]
    public async Task A_session_id_is_sealed_and_one_that_was_tampered_with_is_none()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        var session = await proxy.OpenAsync();
        using (var response = await proxy.PostAsync(Call, ("Mcp-Session-Id", session)))
        {
            response.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        var sent = proxy.Server.FromClients.Count();
        foreach (var bad in (string[])[session[..^1] + (session[^1] == 'A' ? 'B' : 'A'), session + "A", session[1..], "x", "", new string('A', 5000)])
        {
            using var response = await proxy.PostAsync(Call, ("Mcp-Session-Id", bad));
            response.StatusCode.Should().Be(HttpStatusCode.NotFound, bad);
        }

        proxy.Server.FromClients.Should().HaveCount(sent);
    }

    [Test]
    public void A_ticket_opens_with_the_keys_before_it_for_its_server_and_nobody_else()
    {
        var folder = Directory.CreateTempSubdirectory("mcp-keys").FullName;
        var file = Path.Combine(folder, "key");
        File.WriteAllBytes(file, new byte[32]);
        using var keys = new SessionKeys(file, TimeProvider.System, NullLogger<SessionKeys>.Instance);
        var seal = new SessionSeal(keys, () => "a/b");
        var ticket = new SessionTicket { Pod = "10.0.0.1:18080", Upstream = "u", Owner = "o", Revision = "2025-11-25" };
        var id = seal.Seal(ticket);
        id.Should().MatchRegex("^[A-Za-z0-9_-]+$");
        seal.Seal(ticket).Should().NotBe(id, "each has a nonce of its own");
        seal.Open(id).Should().Be(ticket);
        new SessionSeal(keys, () => "a/other").Open(id).Should().BeNull();

        File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)7, 32)]);
        keys.Look();
        seal.Open(id).Should().Be(ticket, "a rotation ends no session");
        File.WriteAllBytes(Path.Combine(folder, "previous"), new byte[32]);
        using var started = new SessionKeys(file, TimeProvider.System, NullLogger<SessionKeys>.Instance);
        new SessionSeal(started, () => "a/b").Open(id).Should().Be(ticket, "a pod that starts after a rotation knows the key before");
        File.Delete(Path.Combine(folder, "previous"));
        using var stranger = new SessionKeys(file, TimeProvider.System, NullLogger<SessionKeys>.Instance);
        new SessionSeal(stranger, () => "a/b").Open(id).Should().BeNull();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void A_pod_that_has_not_read_a_rotation_yet_opens_what_one_seals_that_has()
    {
        var (early, late) = (Directory.CreateTempSubdirectory("mcp-keys").FullName, Directory.CreateTempSubdirectory("mcp-keys").FullName);
        Mount(early, 1, 2, null);
        Mount(late, 1, 2, null);
        using var first = new SessionKeys(Path.Combine(early, "key"), TimeProvider.System, NullLogger<SessionKeys>.Instance);
        using var second = new SessionKeys(Path.Combine(late, "key"), TimeProvider.System, NullLogger<SessionKeys>.Instance);
        var (here, there) = (new SessionSeal(first, () => "a/b"), new SessionSeal(second, () => "a/b"));
        var ticket = new SessionTicket { Pod = "10.0.0.1:18080", Upstream = "u", Owner = "o" };
        var old = there.Seal(ticket);

        Mount(early, 2, 3, 1);
        first.Look();

        there.Open(here.Seal(ticket)).Should().Be(ticket, "it has known the key as the one to come");
        here.Open(there.Seal(ticket)).Should().Be(ticket);
        File.Delete(Path.Combine(late, "key"));
        File.Delete(Path.Combine(late, "previous"));
        second.Look();
        here.Open(there.Seal(ticket)).Should().Be(ticket, "the key to come does not seal because the present one cannot be read");
        Mount(late, 3, 4, 2);
        using var third = new SessionKeys(Path.Combine(late, "key"), TimeProvider.System, NullLogger<SessionKeys>.Instance);
        new SessionSeal(third, () => "a/b").Open(old).Should().BeNull("two rotations ago");
        new SessionSeal(third, () => "a/b").Open(here.Seal(ticket)).Should().Be(ticket);
        Directory.Delete(early, recursive: true);
        Directory.Delete(late, recursive: true);

        static void Mount(string folder, byte key, byte next, byte? previous)
        {
            foreach (var (name, value) in new[] { ("key", (byte?)key), ("next", next), ("previous", previous) })
            {
                if (value is { } fill)
                {
                    File.WriteAllBytes(Path.Combine(folder, name), [.. Enumerable.Repeat(fill, 32)]);
                }
            }
        }
    }

    [Test]
    public async Task A_session_outlives_a_change_of_the_template_and_is_another_servers_no_more_than_before()
    {
        var port = FreePort();
        await using var before = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), null, o => o with { Listen = new(IPAddress.Loopback, port), PodAddress = new(IPAddress.Loopback, port) });
        await using var after = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), null, o => o with { Policy = "everything-mcp-policy-0dd5f1a2" });
        await using var other = await ProxyFixture.StartAsync(ProxyFixture.Open("add") with { Server = new("team-a", "other", "team-a") });
        var session = await before.OpenAsync();

        (await after.AskAsync(Call, ("Mcp-Session-Id", session))).Should().Contain("\"ok\"", "the pod of the template before still holds it");

        using var foreign = await other.PostAsync(Call, ("Mcp-Session-Id", session));
        foreign.StatusCode.Should().Be(HttpStatusCode.NotFound);
        before.Server.Executed.Should().Equal("add");
    }

    [Test]
    public async Task A_session_of_another_caller_is_none()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        var seal = proxy.Host.Services.GetRequiredService<SessionSeal>();
        var stolen = seal.Seal(new() { Pod = proxy.Host.Services.GetRequiredService<PodAddress>().Text, Upstream = "u", Owner = SessionOwner.Of(new() { IsAuthenticated = true, User = "alice" }) });
        using var response = await proxy.PostAsync(Call, ("Mcp-Session-Id", stolen));
        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        proxy.Server.FromClients.Should().BeEmpty();
    }

    [Test]
    public async Task A_session_of_another_pod_is_answered_there_and_gone_with_it()
    {
        var port = FreePort();
        var there = await ProxyFixture.StartAsync(ProxyFixture.Open("add"), null, o => o with { Listen = new(IPAddress.Loopback, port), PodAddress = new(IPAddress.Loopback, port) });
        await using var here = await ProxyFixture.StartAsync(ProxyFixture.Open("add"));
        var session = await there.OpenAsync();
        (await here.AskAsync(Call, ("Mcp-Session-Id", session))).Should().Contain("\"ok\"");
        (await here.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}""", ("Mcp-Session-Id", session))).Should().Contain("Unknown tool");
        there.Server.Executed.Should().Equal("add");
        here.Server.FromClients.Should().BeEmpty();

        // Once passed on, never again: two pods that both think that the other has it would pass it on for ever.
        using (var hopped = await here.PostAsync(Call, ("Mcp-Session-Id", session), ("Mcp-Pod-Hop", "1")))
        {
            hopped.StatusCode.Should().Be(HttpStatusCode.NotFound);
        }

        await there.DisposeAsync();
        using var gone = await here.PostAsync(Call, ("Mcp-Session-Id", session));
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await here.MetricsAsync()).Should().Contain("mcp_proxy_pod_hops_total{result=\"answered\"} 2").And.Contain("mcp_proxy_pod_hops_total{result=\"gone\"} 1");
    }

    [Test]
    public async Task Told_to_stop_it_ends_streams_and_finishes_what_it_answers_before_its_server_goes()
    {
        var goOn = new TaskCompletionSource();
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null), server => server.Handler = async (http, received) =>
        {
            if (received.Text.Contains("tools/call", StringComparison.Ordinal))
            {
                await goOn.Task;
            }

            return false;
        });
        var session = await proxy.OpenAsync();
        using var get = new HttpRequestMessage(HttpMethod.Get, proxy.Mcp);
        get.Headers.Add("Accept", "text/event-stream");
        get.Headers.Add("Mcp-Session-Id", session);
        using var stream = await proxy.Client.SendAsync(get, HttpCompletionOption.ResponseHeadersRead);
        var call = proxy.AskAsync(Call, ("Mcp-Session-Id", session));
        await Soon.TrueAsync(() => proxy.Server.FromClients.Any(r => r.Text == Call), "the call has come");

        // The kubelet asks at the moment when it tells the proxy to stop.
        var held = proxy.Client.GetStringAsync(new Uri(proxy.State, "/drainz"));
        var stopping = proxy.Host.StopAsync(TimeSpan.FromMilliseconds(300));
        (await stream.Content.ReadAsStringAsync().WaitAsync(TimeSpan.FromSeconds(5))).Should().BeEmpty("the stream ends well");
        using (var ready = await proxy.Client.GetAsync(new Uri(proxy.Mcp, "/readyz")))
        {
            ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(600));
        held.IsCompleted.Should().BeFalse("a call is under way");
        goOn.SetResult();
        (await call).Should().Contain("\"ok\"");
        (await held.WaitAsync(TimeSpan.FromSeconds(5))).Should().Be("drained\n");
        await stopping;
    }

    [Test]
    public async Task A_server_that_is_started_anew_by_itself_is_not_held_back_for_long()
    {
        await using var proxy = await ProxyFixture.StartAsync(ProxyFixture.Open(null));
        (await proxy.Client.GetStringAsync(new Uri(proxy.State, "/drainz")).WaitAsync(TimeSpan.FromSeconds(20))).Should().Be("drained\n");
    }

    [Test]
    public async Task The_policy_object_is_watched_and_its_token_read_anew()
    {
        await using var api = await PolicyApi.StartAsync();
        api.Publish(ProxyFixture.Open("add"));
        var store = new PolicyStore("team-a", TimeProvider.System, NullLogger<PolicyStore>.Instance);
        using var watch = new PolicyWatch(api.Access, "team-a", "everything-mcp-policy", store, TimeProvider.System, NullLogger<PolicyWatch>.Instance);
        await watch.StartAsync(default);
        await Soon.TrueAsync(() => store.Current?.Document.Tools.Filter is ["add"], "the policy is read");

        api.Publish(ProxyFixture.Open("b"));
        await Soon.TrueAsync(() => store.Current?.Document.Tools.Filter is ["b"], "a change comes by the watch");
        api.Token = "second";
        api.Break(gone: true);
        api.Publish(ProxyFixture.Open("c"));
        await Soon.TrueAsync(() => store.Current?.Document.Tools.Filter is ["c"], "a version that is too old is read anew");
        api.Reads.Should().BeGreaterThan(1);
        api.PublishText("{");
        api.Publish(ProxyFixture.Open("d"));
        await Soon.TrueAsync(() => store.Current?.Document.Tools.Filter is ["d"], "a bad one is passed over");
        await watch.StopAsync(default);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
