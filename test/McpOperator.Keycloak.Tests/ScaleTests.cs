using McpOperator.Keycloak.Clients;
using McpOperator.Keycloak.Scopes;

namespace McpOperator.Keycloak.Tests;

/// <summary>Many servers in one realm: what it costs in calls.</summary>
public sealed class ScaleTests : RealmTest
{
    private const int ServerCount = 500;
    private const int ToolCount = 20;
    private const int ClientCount = 50;

    [Test]
    public async Task Five_hundred_servers_with_twenty_tools_cost_a_call_for_each_scope_and_client_and_afterwards_a_list()
    {
        List<ServerScopes> servers = [.. Enumerable.Range(0, ServerCount).Select(i => Server($"team-a/s{i}", $"https://s{i}.example.com/mcp", [.. Enumerable.Range(0, ToolCount).Select(t => $"tool{t}")]))];
        List<GrantClient> grants = [.. Enumerable.Range(0, ClientCount).Select(i => Grant($"agent-{i}", $"team-a/g{i}") with { Server = $"team-a/s{i}", Scopes = [ScopeOf("tool1", $"team-a/s{i}")] })];
        Proxy.Forget();

        var first = await PassAsync(Wanted(servers, [.. grants]));

        first.Servers.Should().BeEmpty();
        first.Grants.Should().BeEmpty();
        first.Credentials.Should().HaveCount(ClientCount);
        TestContext.Out.WriteLine($"first pass: {Proxy.Calls.Count} calls");
        Proxy.Calls.Count(c => c.IsWrite).Should().Be((ServerCount * (ToolCount + 1)) + ClientCount, "a scope for each tool, one for each server, and the clients");
        Proxy.Calls.Count(c => !c.IsWrite && !c.Path.EndsWith("/token", StringComparison.Ordinal)).Should().BeLessThanOrEqualTo(6);

        Proxy.Forget();
        (await PassAsync(Wanted(servers, [.. grants]))).Changes.Should().Be(0);
        Proxy.Calls.Count(c => c.Path.EndsWith("/client-scopes", StringComparison.Ordinal)).Should().Be(1);
        Proxy.Calls.Should().OnlyContain(c => !c.IsWrite).And.HaveCountLessThanOrEqualTo(3);

        // One tool more is one call more, and one list to see that it worked.
        Proxy.Forget();
        servers[7] = Server("team-a/s7", "https://s7.example.com/mcp", [.. Enumerable.Range(0, ToolCount + 1).Select(t => $"tool{t}")]);
        (await PassAsync(Wanted(servers) with { LooksAtClients = false })).Changes.Should().Be(1);
        Proxy.Calls.Where(c => !c.Path.EndsWith("/token", StringComparison.Ordinal)).Should().HaveCount(3);
    }
}
