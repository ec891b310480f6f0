using System.Diagnostics;
using McpOperator.Api;
using McpOperator.Keycloak.Admin;
using McpOperator.Keycloak.Scopes;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Keycloak.Tests;

/// <summary>Everything that can go wrong between the operator and Keycloak.</summary>
public sealed class FaultTests : RealmTest
{
    private static IReadOnlyList<ServerScopes> Servers { get; } = [Server(tools: ["a", "b", "c", "d", "e", "f"])];

    private async Task<KeycloakFailure> FailureAsync(KeycloakRealm realm) =>
        (await FluentActions.Awaiting(() => PassAsync(Wanted(Servers), realm)).Should().ThrowAsync<KeycloakException>()).Which.Failure;

    private static Func<HttpContext, Task<bool>> Answer(int status, Func<HttpContext, bool> which, int times = int.MaxValue)
    {
        var left = times;
        return context =>
        {
            if (!which(context) || Interlocked.Decrement(ref left) < 0)
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
    }

    private static bool IsCreation(HttpContext context) => context.Request.Method == "POST" && context.Request.Path.Value!.EndsWith("/client-scopes", StringComparison.Ordinal);

    private static bool IsAdmin(HttpContext context) => context.Request.Path.StartsWithSegments("/admin");

    [Test]
    public async Task A_token_that_ends_in_the_middle_costs_one_login()
    {
        using var realm = ConnectAsOperator();
        Proxy.Misbehave = Answer(401, IsCreation, times: 1);

        (await PassAsync(Wanted(Servers), realm)).Servers.Should().BeEmpty();

        Proxy.Calls.Count(c => c.Path.EndsWith("/token", StringComparison.Ordinal)).Should().Be(2);
    }

    [Test]
    public async Task A_token_that_is_never_accepted_is_told_and_not_tried_for_ever()
    {
        using var realm = ConnectAsOperator();
        Proxy.Misbehave = Answer(401, IsAdmin);

        (await FailureAsync(realm)).Should().Be(KeycloakFailure.Unauthorized);

        Proxy.Calls.Should().HaveCount(4, "two logins, two tries");
    }

    [Test]
    public async Task One_failure_of_Keycloak_is_ridden_out()
    {
        Proxy.Misbehave = Answer(500, IsCreation, times: 1);

        (await PassAsync(Wanted(Servers))).Servers.Should().BeEmpty();
    }

    [TestCase(500)]
    [TestCase(502)]
    [TestCase(503)]
    [TestCase(429)]
    public async Task A_Keycloak_that_goes_on_failing_is_unreachable_after_a_few_tries(int status)
    {
        Proxy.Misbehave = Answer(status, IsAdmin);

        (await FailureAsync(Realm)).Should().Be(KeycloakFailure.Unreachable);

        Proxy.Calls.Count(c => c.Path.StartsWith("/admin", StringComparison.Ordinal)).Should().Be(3);
    }

    [Test]
    public async Task A_Keycloak_that_hangs_is_unreachable_in_time()
    {
        using var realm = ConnectAsOperator(TimeSpan.FromMilliseconds(300));
        Proxy.Misbehave = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var watch = Stopwatch.StartNew();

        (await FailureAsync(realm)).Should().Be(KeycloakFailure.Unreachable);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task Nobody_at_the_address_is_unreachable()
    {
        using var realm = new KeycloakRealm(new() { Url = new Uri("http://127.0.0.1:1"), Realm = RealmName, Login = KeycloakLogin.Client(RealmName, "x", "y"), Retries = 0 }, TimeProvider.System);

        (await FailureAsync(realm)).Should().Be(KeycloakFailure.Unreachable);
    }

    [Test]
    public async Task Something_else_at_the_address_is_told_as_that()
    {
        Proxy.Misbehave = async context =>
        {
            await context.Response.WriteAsync("<html>Welcome</html>");
            return true;
        };

        (await FluentActions.Awaiting(() => PassAsync(Wanted(Servers), ConnectAsOperator(retries: 0))).Should().ThrowAsync<KeycloakException>()).Which.Message.Should().Contain("check the address");
    }

    [Test]
    public async Task A_conflict_with_somebody_quicker_is_sorted_out_by_looking_again()
    {
        // The other one makes the scope between our list and our POST.
        var quicker = new Lazy<Task>(() => ByHandAsync(HttpMethod.Post, $"{Admin}/client-scopes", new System.Text.Json.Nodes.JsonObject { ["name"] = ScopeOf("a"), ["protocol"] = "openid-connect" }));
        Proxy.Misbehave = async context =>
        {
            if (IsCreation(context))
            {
                await quicker.Value;
            }

            return false;
        };

        var outcome = await PassAsync(Wanted([Server(tools: "a")]));

        outcome.Servers[Weather].Reason.Should().Be(Reasons.ScopeNotOwned);
    }

    [Test]
    public async Task An_answer_that_is_lost_makes_no_second_scope_and_no_second_client()
    {
        var once = 0;
        Proxy.LoseAnswer = context =>
        {
            if (context.Request.Method != "POST" || !IsAdmin(context) || Interlocked.Increment(ref once) > 2)
            {
                return Task.FromResult(false);
            }

            context.Abort();
            return Task.FromResult(true);
        };

        var outcome = await PassAsync(Wanted([Server(tools: "a")], Grant(tools: "a")));

        outcome.Servers.Should().BeEmpty();
        outcome.Grants.Should().BeEmpty();
        outcome.Credentials["team-a/planner"].Secret.Should().NotBeEmpty();
    }

    [Test]
    public async Task A_pass_that_dies_between_a_client_and_its_secret_leaves_nothing_that_the_next_cannot_finish()
    {
        // The client is made; then the operator ends.
        Proxy.Misbehave = Answer(503, c => c.Request.Method == "GET" && c.Request.Path.Value!.EndsWith("/clients", StringComparison.Ordinal) && Proxy.Calls.Any(seen => seen is { Method: "POST" } && seen.Path.EndsWith("/clients", StringComparison.Ordinal)));
        using (var dying = ConnectAsOperator(retries: 0))
        {
            await FluentActions.Awaiting(() => PassAsync(Wanted(Servers, Grant(tools: "a")), dying)).Should().ThrowAsync<KeycloakException>();
        }

        Proxy.Misbehave = null;
        (await ClientByHandAsync("planner")).Should().NotBeNull();
        Proxy.Forget();

        var outcome = await PassAsync(Wanted(Servers, Grant(tools: "a")));

        outcome.Changes.Should().Be(0, "nothing has to be made again");
        var credential = outcome.Credentials["team-a/planner"];
        (await TokenAsync(credential.ClientId, credential.Secret, ScopeOf("a"))).Error.Should().BeNull();
    }

    [Test]
    public async Task What_Keycloak_refuses_for_one_scope_stops_no_other()
    {
        Proxy.Misbehave = Answer(400, IsCreation, times: 2);

        var outcome = await PassAsync(Wanted(Servers));

        outcome.Servers.Should().BeEmpty("the second round made those");
        Proxy.Misbehave = Answer(400, IsCreation);
        outcome = await PassAsync(Wanted([.. Servers, Server("team-a/maps", "https://maps.example.com/mcp", "route")]));
        outcome.Servers.Should().ContainSingle().Which.Should().Match<KeyValuePair<string, Problem>>(p => p.Key == "team-a/maps" && p.Value.Reason == Reasons.KeycloakRefused);
    }

    [Test]
    public async Task A_realm_that_is_deleted_is_told_and_is_filled_again_when_it_is_back()
    {
        await PassAsync(Wanted(Servers));
        await ByHandAsync(HttpMethod.Delete, $"/admin/realms/{RealmName}");

        (await FailureAsync(Realm)).Should().Be(KeycloakFailure.RealmMissing);

        await ByHandAsync(HttpMethod.Post, "/admin/realms", new System.Text.Json.Nodes.JsonObject { ["realm"] = RealmName, ["enabled"] = true });
        using var again = Connect(KeycloakLogin.Client(RealmName, "mcp-operator", await MakeAccountAsync("mcp-operator", "manage-clients")));
        (await PassAsync(Wanted(Servers), again)).Servers.Should().BeEmpty();
        (await ScopeByHandAsync(ScopeOf("f"))).Should().NotBeNull();
    }
}
