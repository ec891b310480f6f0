using System.Text.Json.Nodes;
using McpOperator.Api;

namespace McpOperator.EndToEnd.Tests;

/// <summary>
/// Three teams with a namespace, a server and people each, in one cluster and one realm: the story of mcp-runtime's k3s runbook, with the
/// refusals that its own script never looks for.
/// </summary>
[Order(6)]
public sealed class TenancyTests : TokenTest
{
    private const int CallsOfGlobex = 4;

    /// <summary>A team.</summary>
    /// <param name="Name">Its name, which is its tenant's, its server's and its OAuth client's as well.</param>
    /// <param name="User">Somebody of the team.</param>
    private sealed record Team(string Name, string User)
    {
        public string Ns { get; set; } = "";

        public string Url { get; set; } = "";

        /// <summary>Who looks after the namespace.</summary>
        public string Admin => $"admin@{Name}.example.com";
    }

    private readonly Team _acme = new("acme", "alice");
    private readonly Team _globex = new("globex", "gustav");
    private readonly Team _techcorp = new("techcorp", "tina");
    private readonly List<SdkClient> _clients = [];

    protected override string Quotas =>
        $$"""mode: enforced, tenants: {globex: {maxServersPerTenant: 1, toolCallsPerMinutePerOAuthClient: {{CallsOfGlobex}}, toolCallsPerMinutePerServer: 600, maxToolsPerServer: 50} }""";

    private IReadOnlyList<Team> Teams => [_acme, _globex, _techcorp];

    [SetUp]
    public Task MakeTeams() => Task.WhenAll(Teams.Select(MakeAsync));

    [TearDown]
    public async Task RemoveTeams()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        await Task.WhenAll(Teams.Where(team => team.Ns.Length > 0).Select(team => Api.DeleteAsync(Kinds.Namespace, null, team.Ns)));
    }

    [Test]
    public async Task Teams_call_what_is_theirs_and_what_they_were_granted_and_nothing_else()
    {
        foreach (var team in Teams)
        {
            (await (await ClientAsync(team.User, team, team.User)).CallAsync("echo", """{"text": "ours"}""")).Should().Be("ours");
        }

        await OthersAreRefusedAsync();
        await AGrantOpensOneToolToOneTeamAsync();
        await ForeignObjectsAreWithoutEffectAsync();
        await OthersCannotReadOrChangeAsync();
        await QuotasHoldAsync();
        await ARevokedSessionStaysRevokedAsync();
    }

    private async Task OthersAreRefusedAsync()
    {
        Suite.Say("every team at every other team's server");
        foreach (var team in Teams)
        {
            foreach (var other in Teams.Where(t => t != team))
            {
                // With a token for their own server.
                (await OpeningIsRefusedAsync(other, await TokenAsync(team.User, team))).Should().Be((401, AccessReasons.TokenInvalid));

                // With one for the other's, as everybody in the realm gets who logs in there; with their own session, the other user's, and none.
                foreach (var (session, reason) in new[] { (team.User, AccessReasons.SessionUnknown), (other.User, AccessReasons.SessionUnknown), (null, AccessReasons.SessionRequired) })
                {
                    await using var client = await SdkClient.OpenAsync(other.Url, token: await TokenAsync(team.User, other), agentSession: session);
                    (await client.ToolNamesAsync()).Should().BeEmpty();
                    var refused = await RefusedAsync(client, "echo");
                    (refused.Status, refused.Reason).Should().Be((401, reason), $"{team.User} calls {other.Name}'s server with session {session ?? "none"}");
                }
            }
        }
    }

    private async Task AGrantOpensOneToolToOneTeamAsync()
    {
        Suite.Say("acme grants globex a tool");
        await GrantAsync("for-globex", "acme", $$""" "subjects": [{"user": "{{_globex.User}}"}], "maxTrust": "low", "allowedSideEffects": ["read"], "toolRules": [{"name": "echo"}] """, _acme.Ns);
        foreach (var guest in (Team[])[_globex, _techcorp])
        {
            await SessionAsync($"guest-{guest.User}", "acme", $$"""{"user": "{{guest.User}}"}""", ns: _acme.Ns);
        }

        await UntilInForceAsync("acme", _acme.Ns);
        var granted = await ClientAsync(_globex.User, _acme, $"guest-{_globex.User}");
        (await granted.ToolNamesAsync()).Should().Equal("echo");
        (await granted.CallAsync("echo", """{"text": "from globex"}""")).Should().Be("from globex");
        (await RefusedAsync(granted, "whoami")).Reason.Should().Be(AccessReasons.ToolNotGranted);

        var ungranted = await RefusedAsync(await ClientAsync(_techcorp.User, _acme, $"guest-{_techcorp.User}"), "echo");
        (ungranted.Status, ungranted.Reason).Should().Be((403, AccessReasons.NoGrant));
    }

    private async Task ForeignObjectsAreWithoutEffectAsync()
    {
        Suite.Say("techcorp writes itself a grant of acme's server");
        await GrantAsync("helps-itself", "acme", $$""" "subjects": [{"user": "{{_techcorp.User}}"}], "maxTrust": "high", "allowedSideEffects": ["read", "write", "destructive"] """, _techcorp.Ns);
        await SessionAsync("helps-itself", "acme", $$"""{"user": "{{_techcorp.User}}"}""", ns: _techcorp.Ns);
        await UntilConditionAsync(Kinds.Grant, "helps-itself", ConditionTypes.Published, "False/NotFound", _techcorp.Ns);

        (await RefusedAsync(await ClientAsync(_techcorp.User, _acme, $"guest-{_techcorp.User}"), "echo")).Reason.Should().Be(AccessReasons.NoGrant);
        (await RefusedAsync(await ClientAsync(_techcorp.User, _acme, "helps-itself"), "echo")).Reason.Should().Be(AccessReasons.SessionUnknown);
    }

    private async Task OthersCannotReadOrChangeAsync()
    {
        Suite.Say("kubectl as globex's administrator");
        (await Kubectl.TryAsync(null, "get", "mcpservers,mcpaccessgrants,mcpagentsessions", "-n", _globex.Ns, "--as", _globex.Admin)).Code.Should().Be(0, "their own they may see");
        foreach (var command in (string[][])
        [
            ["get", "mcpservers"], ["get", "mcpaccessgrants"], ["get", "mcpagentsessions"], ["get", "mcpserver", "acme", "-o", "yaml"], ["get", "configmap", ChildNames.Access("acme")],
            ["get", "secret", "acme-mcp-session"], ["get", "pods"],
            ["patch", "mcpaccessgrant", "for-globex", "--type=merge", "-p", """{"spec": {"maxTrust": "high"}}"""],
            ["patch", "mcpagentsession", _acme.User, "--type=merge", "-p", """{"spec": {"revoked": true}}"""],
            ["delete", "mcpserver", "acme"], ["delete", "configmap", ChildNames.Access("acme")],
        ])
        {
            var (code, output, error) = await Kubectl.TryAsync(null, [.. command, "-n", _acme.Ns, "--as", _globex.Admin]);
            code.Should().NotBe(0, string.Join(' ', command));
            output.Should().BeEmpty();
            error.Should().Contain("Forbidden");
        }

        (await Kubectl.TryAsync(SessionOf(_globex.User, _acme, "smuggled").ToJsonString(), "create", "-n", _acme.Ns, "--as", _globex.Admin, "-f", "-")).Error.Should().Contain("Forbidden");

        // Nor can the account of a server's pod, with which its proxy reads its policy.
        foreach (var (verb, name, ns, allowed) in new[]
        {
            ("get", ChildNames.Access("globex"), _globex.Ns, "yes"), ("get", ChildNames.Access("acme"), _acme.Ns, "no"), ("update", ChildNames.Access("globex"), _globex.Ns, "no"),
        })
        {
            (await Kubectl.TryAsync(null, "auth", "can-i", verb, $"configmaps/{name}", "-n", ns, "--as", $"system:serviceaccount:{_globex.Ns}:globex-mcp")).Output.Trim().Should().StartWith(allowed, $"{verb} {name}");
        }
    }

    private async Task QuotasHoldAsync()
    {
        Suite.Say("globex uses up what it may");
        var second = Json.Parse($$"""
            {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "second"}, "spec": {"image": "{{Suite.Images["fixture-server"]}}"} }
            """);
        var refused = await Kubectl.TryAsync(second.ToJsonString(), "create", "-n", _globex.Ns, "--as", _globex.Admin, "-f", "-");
        refused.Code.Should().NotBe(0);
        refused.Error.Should().Contain(Reasons.QuotaExceeded).And.Contain("tenant 'globex' has 1 servers and may have 1").And.Contain("maxServersPerTenant");

        // Another session, of the same client: nothing begins anew.
        await SessionAsync("another", "globex", $$"""{"user": "{{_globex.User}}"}""", ns: _globex.Ns);
        await UntilInForceAsync("globex", _globex.Ns);
        var clients = new[] { await ClientAsync(_globex.User, _globex, _globex.User), await ClientAsync(_globex.User, _globex, "another") };
        McpErrorException? limited = null;
        for (var call = 0; call <= CallsOfGlobex && limited is null; call++)
        {
            try
            {
                await clients[call % 2].CallAsync("echo", """{"text": "more"}""");
            }
            catch (McpErrorException e)
            {
                limited = e;
            }
        }

        limited!.Status.Should().Be(429);
        limited.Reason.Should().Be(AccessReasons.RateLimited);
        int.Parse(limited.RetryAfter!).Should().BeInRange(1, 60);
        (await RefusedAsync(clients[1], "echo")).Status.Should().Be(429);
        (await (await ClientAsync(_techcorp.User, _techcorp, _techcorp.User)).CallAsync("echo", """{"text": "unmoved"}""")).Should().Be("unmoved", "another team has its own quota");
    }

    private async Task ARevokedSessionStaysRevokedAsync()
    {
        Suite.Say("acme revokes alice's session, and her agent applies it again");
        var manifest = SessionOf(_acme.User, _acme, "agents").ToJsonString();
        (await Kubectl.TryAsync(manifest, "apply", "-n", _acme.Ns, "-f", "-", "--as", _acme.Admin)).Code.Should().Be(0);
        await UntilInForceAsync("acme", _acme.Ns);
        var client = await ClientAsync(_acme.User, _acme, "agents");
        await client.CallAsync("echo", """{"text": "live"}""");

        await Kubectl.RunAsync("patch", "mcpagentsession", "agents", "-n", _acme.Ns, "--as", _acme.Admin, "--type=merge", "-p", """{"spec": {"revoked": true}}""");
        await UntilRevokedAsync(client);
        // The same manifest does not speak of the field; one that clears it is refused; a new object under the old name is the old session.
        (await Kubectl.TryAsync(manifest, "apply", "-n", _acme.Ns, "-f", "-", "--as", _acme.Admin)).Code.Should().Be(0);
        (await Kubectl.TryAsync(null, "patch", "mcpagentsession", "agents", "-n", _acme.Ns, "--as", _acme.Admin, "--type=merge", "-p", """{"spec": {"revoked": false}}""")).Error
            .Should().Contain("a revoked session stays revoked");
        await UntilInForceAsync("acme", _acme.Ns);
        await UntilRevokedAsync(client);
        await Kubectl.RunAsync("delete", "mcpagentsession", "agents", "-n", _acme.Ns, "--as", _acme.Admin);
        (await Kubectl.TryAsync(manifest, "apply", "-n", _acme.Ns, "-f", "-", "--as", _acme.Admin)).Code.Should().Be(0);
        await UntilConditionAsync(Kinds.Session, "agents", ConditionTypes.Active, "False/Revoked", _acme.Ns);
        await UntilInForceAsync("acme", _acme.Ns);
        await UntilRevokedAsync(client);
        (await (await ClientAsync(_acme.User, _acme, _acme.User)).CallAsync("echo", """{"text": "her other session"}""")).Should().Be("her other session");
    }

    private static async Task UntilRevokedAsync(SdkClient client) => await Eventually.Becomes(
        async () =>
        {
            try
            {
                await client.CallAsync("echo", """{"text": "live?"}""");
                return null;
            }
            catch (McpErrorException e)
            {
                return e.Reason;
            }
        },
        reason => reason == AccessReasons.SessionRevoked, "the session is revoked", () => Suite.Operator.LogEnd, TimeSpan.FromSeconds(2));

    /// <summary>A team's namespace, administrator, server, OAuth client, and a grant and a session of its user.</summary>
    private async Task MakeAsync(Team team)
    {
        team.Ns = await Suite.Cluster.NewNamespaceAsync();
        await Api.MergeAsync(Kinds.Namespace, null, team.Ns, Json.Parse($$"""{"metadata": {"labels": {"{{Labels.Tenant}}": "{{team.Name}}"} } }"""));
        await Api.CreateAsync(Kinds.RoleBinding, team.Ns, Json.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "team"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
             "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "{{team.Admin}}"}] }
            """));
        team.Url = await RunGuardedAsync(team.Name, team.Ns);
        await MakeUsersClientAsync(team.Name, team.Name, team.Ns);
        await GrantAsync("own-people", team.Name, $$""" "subjects": [{"user": "{{team.User}}"}], "maxTrust": "high", "allowedSideEffects": ["read", "write", "destructive"] """, team.Ns);
        await SessionAsync(team.User, team.Name, $$"""{"user": "{{team.User}}"}""", ns: team.Ns);
        await UntilInForceAsync(team.Name, team.Ns);
    }

    private static JsonObject SessionOf(string user, Team team, string name) => Json.Parse($$"""
        {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAgentSession", "metadata": {"name": "{{name}}"}, "spec": {
          "serverRef": {"name": "{{team.Name}}"}, "subject": {"user": "{{user}}"}, "expiresAt": "{{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}}"} }
        """);

    private Task<string> TokenAsync(string user, Team at) => Realm.UserTokenAsync(user, at.Name, Scope(at.Name, "echo", at.Ns), Scope(at.Name, "whoami", at.Ns));

    private async Task<SdkClient> ClientAsync(string user, Team at, string session)
    {
        var client = await SdkClient.OpenAsync(at.Url, token: await TokenAsync(user, at), agentSession: session);
        _clients.Add(client);
        return client;
    }

    private static async Task<(int, string?)> OpeningIsRefusedAsync(Team at, string token)
    {
        var refused = (await FluentActions.Awaiting(() => SdkClient.OpenAsync(at.Url, token: token)).Should().ThrowAsync<McpErrorException>()).Which;
        return (refused.Status, refused.Reason);
    }
}
