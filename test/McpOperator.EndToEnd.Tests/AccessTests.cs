using System.Text.Json.Nodes;
using FluentAssertions.Execution;
using McpOperator.Api;

namespace McpOperator.EndToEnd.Tests;

/// <summary>
/// The decision table (docs/access.md) and the peer's rows (PeerTableTests), as callers with real tokens meet them: each row is a user with
/// grants and a session of their own, on one server in one pod. What they are told is compared, and what the audit says of it.
/// </summary>
[Order(4)]
public sealed class AccessTests : TokenTest
{
    private const string Server = "weather";
    private const string Client = "planner";
    private const string All = """ "maxTrust": "high", "allowedSideEffects": ["read", "write", "destructive"] """;

    private readonly Dictionary<string, SdkClient> _clients = [];
    private string _url = "";

    /// <summary>Servers choose for themselves whether they ask for sessions and what happens by default.</summary>
    protected override string Access => "laxestMode: Open, requireSession: false, defaultDecision: Allow";

    /// <summary>A user, and what there is for them.</summary>
    /// <param name="Name">The user's name.</param>
    /// <param name="Grants">Grants for the user, but for their subject.</param>
    private sealed record User(string Name, params string[] Grants)
    {
        /// <summary>Further fields of the user's session; nothing: there is none.</summary>
        public string? Session { get; init; } = """, "consentedTrust": "high" """;

        /// <summary>The session that the user's agent presents; nothing: the user's own.</summary>
        public string? Presents { get; init; }

        /// <summary>The agent for which the user's grants are; nothing: any.</summary>
        public string? GrantsAgent { get; init; }

        /// <summary>The agent for which the user's session is; nothing: any.</summary>
        public string? SessionsAgent { get; init; }

        /// <summary>The tools whose scopes the user asks for.</summary>
        public string[] Scopes { get; init; } = ["echo", "whoami", "complain", "delete_everything"];

        /// <summary>Whether the grants end after a moment.</summary>
        public bool HasShortGrants { get; init; }

        /// <summary>Whether the session ends after a moment.</summary>
        public bool HasShortSession { get; init; }

        public string Subject(string? agent) => agent is null ? $$"""{"user": "{{Name}}"}""" : $$"""{"user": "{{Name}}", "agent": "{{agent}}"}""";
    }

    /// <summary>A call, and what comes of it.</summary>
    /// <param name="User">Who calls; nothing: somebody without a token.</param>
    /// <param name="Tool">What is called.</param>
    /// <param name="Reason">What the audit has as the reason.</param>
    /// <param name="Status">The HTTP status; 0: the call goes through.</param>
    private sealed record Row(string? User, string Tool, string Reason, int Status = 0)
    {
        /// <summary>The reason that the caller reads, where it is another.</summary>
        public string? Told { get; init; }

        /// <summary>What would have been the reason to refuse.</summary>
        public string? WouldDeny { get; init; }
    }

    private static readonly User[] Users =
    [
        new("session-over", All) { HasShortSession = true },
        new("grant-over", All) { HasShortGrants = true },
        new("granted", All),
        new("no-grant"),
        new("granted-elsewhere"),
        new("lacks-scope", All) { Scopes = ["echo"] },
        new("leaves-session-out", All) { Presents = "" },
        new("session-unknown", All) { Presents = "nowhere" },
        new("session-of-another-user", All) { Presents = "granted" },
        new("session-of-another-agent", All) { SessionsAgent = "coder" },
        new("session-revoked", All) { Session = """, "consentedTrust": "high", "revoked": true """ },
        new("grant-disabled", All + """, "disabled": true """),
        new("grant-for-another-agent", All) { GrantsAgent = "coder" },
        new("denied", All, All + """, "toolRules": [{"name": "who*", "decision": "Deny"}] """),
        new("denial-disabled", All, All + """, "disabled": true, "toolRules": [{"name": "*", "decision": "Deny"}] """),
        new("not-covered", All + """, "toolRules": [{"name": "echo"}] """),
        new("only-reads", """ "maxTrust": "high", "allowedSideEffects": ["read"] """),
        new("reads-nothing", """ "maxTrust": "high", "allowedSideEffects": [] """),
        new("little-granted", """ "maxTrust": "low", "allowedSideEffects": ["read", "write"] """),
        new("little-consented", All) { Session = "" },
        new("rule-asks-for-more", """ "maxTrust": "medium", "allowedSideEffects": ["read"], "toolRules": [{"name": "*", "requiredTrust": "high"}] """),
        new("another-grant-suffices",
            """ "maxTrust": "medium", "allowedSideEffects": ["read"], "toolRules": [{"name": "*", "requiredTrust": "high"}] """,
            """ "maxTrust": "low", "allowedSideEffects": ["read"] """),
    ];

    private static readonly Row[] Enforced =
    [
        new(null, "whoami", AccessReasons.TokenMissing, 401),
        new("granted", "whoami", AccessReasons.Granted),
        new("granted", "delete_everything", AccessReasons.Granted),
        // The server has the one, and has not declared it; nobody has the other.
        new("granted", "crash", AccessReasons.UnknownTool, 200),
        new("granted", "no_such_tool", AccessReasons.UnknownTool, 200),
        new("lacks-scope", "whoami", AccessReasons.InsufficientScope, 403),
        new("leaves-session-out", "whoami", AccessReasons.SessionRequired, 401),
        new("session-unknown", "whoami", AccessReasons.SessionUnknown, 401),
        new("session-of-another-user", "whoami", AccessReasons.SessionForeign, 401) { Told = AccessReasons.SessionUnknown },
        new("session-of-another-agent", "whoami", AccessReasons.SessionForeign, 401) { Told = AccessReasons.SessionUnknown },
        new("session-revoked", "whoami", AccessReasons.SessionRevoked, 401),
        new("session-over", "whoami", AccessReasons.SessionExpired, 401),
        new("no-grant", "whoami", AccessReasons.NoGrant, 403),
        new("granted-elsewhere", "whoami", AccessReasons.NoGrant, 403),
        new("grant-over", "whoami", AccessReasons.NoGrant, 403),
        new("grant-disabled", "whoami", AccessReasons.NoGrant, 403),
        new("grant-for-another-agent", "whoami", AccessReasons.NoGrant, 403),
        new("denied", "whoami", AccessReasons.ToolDenied, 403),
        new("denied", "delete_everything", AccessReasons.Granted),
        new("denial-disabled", "whoami", AccessReasons.Granted),
        new("not-covered", "whoami", AccessReasons.ToolNotGranted, 403),
        new("only-reads", "whoami", AccessReasons.Granted),
        new("only-reads", "complain", AccessReasons.SideEffectNotAllowed, 403),
        new("reads-nothing", "whoami", AccessReasons.SideEffectNotAllowed, 403),
        new("little-granted", "complain", AccessReasons.TrustTooLow, 403),
        new("little-consented", "complain", AccessReasons.TrustTooLow, 403),
        new("rule-asks-for-more", "whoami", AccessReasons.TrustTooLow, 403),
        new("another-grant-suffices", "whoami", AccessReasons.Granted),
    ];

    private static readonly Row[] WithoutSessions =
    [
        new("leaves-session-out", "whoami", AccessReasons.Granted),
        new("leaves-session-out", "complain", AccessReasons.TrustTooLow, 403),
        new("session-revoked", "whoami", AccessReasons.SessionRevoked, 401),
        new("session-unknown", "whoami", AccessReasons.SessionUnknown, 401),
        new("session-of-another-user", "whoami", AccessReasons.SessionForeign, 401) { Told = AccessReasons.SessionUnknown },
    ];

    private static readonly Row[] AllowedByDefault =
    [
        new("no-grant", "complain", AccessReasons.DefaultAllow),
        new("only-reads", "complain", AccessReasons.DefaultAllow),
        new("little-consented", "complain", AccessReasons.TrustTooLow, 403),
        new("denied", "whoami", AccessReasons.ToolDenied, 403),
        new("leaves-session-out", "whoami", AccessReasons.SessionRequired, 401),
        new("no-grant", "crash", AccessReasons.UnknownTool, 200),
    ];

    private static readonly Row[] Observed =
    [
        new("leaves-session-out", "whoami", AccessReasons.Observed) { WouldDeny = AccessReasons.SessionRequired },
        new("denied", "whoami", AccessReasons.Observed) { WouldDeny = AccessReasons.ToolDenied },
        new("no-grant", "delete_everything", AccessReasons.Observed) { WouldDeny = AccessReasons.NoGrant },
        new("granted", "whoami", AccessReasons.Granted),
        new(null, "whoami", AccessReasons.TokenMissing, 401),
        new("lacks-scope", "whoami", AccessReasons.InsufficientScope, 403),
        new("granted", "crash", AccessReasons.UnknownTool, 200),
    ];

    // Whoever has a session as somebody opens a new one as nobody, so these are all of nobody.
    private static readonly Row[] Opened = [new(null, "delete_everything", AccessReasons.Open), new(null, "crash", AccessReasons.UnknownTool, 200)];

    [TearDown]
    public async Task CloseClients()
    {
        await Task.WhenAll(_clients.Values.Select(client => client.DisposeAsync().AsTask()));
        _clients.Clear();
    }

    [Test]
    public async Task Every_row_of_the_decision_table_holds_for_callers_with_real_tokens()
    {
        _url = await RunGuardedAsync(Server);
        await MakeUsersClientAsync(Server, Client);
        var ended = await MakeUsersAsync();
        await UntilInForceAsync(Server);
        var pod = (await UntilPodsAsync(Server, 1))[0].Name();
        if (ended - DateTime.UtcNow is { Ticks: > 0 } left)
        {
            await Task.Delay(left);
        }

        await HoldAsync("enforced", Enforced);
        (await (await ClientAsync("only-reads")).ToolNamesAsync()).Should().BeEquivalentTo("echo", "whoami");
        (await (await ClientAsync("not-covered")).ToolNamesAsync()).Should().BeEquivalentTo("echo");

        // None of these changes restarts anything or ends a session.
        await ChangeAsync("""{"access": {"requireSession": false}}""");
        await HoldAsync("sessions not required", WithoutSessions);
        await ChangeAsync("""{"access": {"requireSession": true, "defaultDecision": "Allow"}}""");
        await HoldAsync("allowed by default", AllowedByDefault);
        await ChangeAsync("""{"access": {"mode": "Observe", "defaultDecision": "Deny"}}""");
        await HoldAsync("observed", Observed);
        await ChangeAsync("""{"access": {"mode": "Open"}}""");
        await HoldAsync("open", Opened);

        await ChangeAsync("""{"access": {"mode": "Enforce"}, "rateLimits": {"toolCallsPerMinutePerClient": 1}}""");
        var since = DateTime.UtcNow;
        await CallAsync(new("granted", "whoami", AccessReasons.Granted));
        foreach (var user in (string[])["granted", "only-reads"])
        {
            // Another user, session and connection of one OAuth client: they count together.
            var limited = await RefusedAsync(await ClientAsync(user), "whoami");
            (limited.Status, limited.Reason).Should().Be((429, AccessReasons.RateLimited));
            int.Parse(limited.RetryAfter!).Should().BeInRange(1, 60);
        }

        (await AuditAsync(since, 3)).Where(line => line.Text("reason") == AccessReasons.RateLimited).Select(line => line.Text("user")).Should().Contain(["granted", "only-reads"]);
        (await UntilPodsAsync(Server, 1))[0].Name().Should().Be(pod);
    }

    /// <returns>When what lasts but a moment is over.</returns>
    private async Task<DateTime> MakeUsersAsync()
    {
        var other = await Suite.Cluster.NewNamespaceAsync();
        await GrantAsync("elsewhere", Server, $$""" "subjects": [{"user": "granted-elsewhere"}], {{All}} """, other);
        var end = DateTime.UtcNow.AddSeconds(15);
        foreach (var user in Users)
        {
            var until = user.HasShortGrants ? $$""", "expiresAt": "{{end:yyyy-MM-ddTHH:mm:ssZ}}" """ : "";
            foreach (var (number, grant) in user.Grants.Index())
            {
                await GrantAsync($"{user.Name}-{number}", Server, $$""" "subjects": [{{user.Subject(user.GrantsAgent)}}], {{grant}} {{until}} """);
            }

            if (user.Session is { } session)
            {
                await SessionAsync(user.Name, Server, user.Subject(user.SessionsAgent), session, user.HasShortSession ? end - DateTime.UtcNow : null);
            }
        }

        return end.AddSeconds(1);
    }

    private async Task<SdkClient> ClientAsync(string? name)
    {
        var user = Users.FirstOrDefault(u => u.Name == name);
        if (_clients.TryGetValue(name ?? "", out var open))
        {
            return open;
        }

        var token = user is null ? null : await Realm.UserTokenAsync(user.Name, Client, user.Scopes.Select(tool => Scope(Server, tool)));
        return _clients[name ?? ""] = await SdkClient.OpenAsync(_url, token: token, agentSession: user is null || user.Presents == "" ? null : user.Presents ?? user.Name);
    }

    private async Task HoldAsync(string phase, IReadOnlyList<Row> rows)
    {
        var since = DateTime.UtcNow;
        Suite.Say($"{phase}: {rows.Count} rows");
        using var all = new AssertionScope(phase);
        foreach (var row in rows)
        {
            var (status, told) = await CallAsync(row);
            (status, told).Should().Be((row.Status, row.Status == 0 ? null : row.Told ?? row.Reason), $"{row.User ?? "nobody"} calls {row.Tool}");
        }

        // A call without a token is refused before it is one.
        var lines = await AuditAsync(since, rows.Count(r => r.Reason != AccessReasons.TokenMissing));
        foreach (var row in rows.Where(r => r.Reason != AccessReasons.TokenMissing))
        {
            var call = lines.Where(line => line.Text("user") == row.User).Select(line => line.At("calls.0")).FirstOrDefault(c => c.Text("tool") == row.Tool);
            (call.Text("decision"), call.Text("reason"), call.Text("wouldDeny")).Should().Be((row.Status == 0 ? "allow" : "deny", row.Reason, row.WouldDeny), $"so the audit says of {row.User} and {row.Tool}");
        }
    }

    private async Task<(int Status, string? Reason)> CallAsync(Row row)
    {
        try
        {
            await (await ClientAsync(row.User)).CallAsync(row.Tool, row.Tool == "complain" ? """{"text": "called"}""" : "{}");
            return (0, null);
        }
        catch (McpErrorException e)
        {
            return (e.Status, e.Reason);
        }
    }

    /// <summary>The audit's lines about calls since a moment; they may come a little later than the answers.</summary>
    private async Task<IReadOnlyList<JsonNode>> AuditAsync(DateTime since, int count)
    {
        var path = KubeApi.Path(Kinds.Pod, Ns, (await PodsAsync(Server))[0].Name(), "log") + "?container=mcp-proxy";
        return await Eventually.Becomes(
            async () => (IReadOnlyList<JsonNode>)[.. (await Api.SendAsync(HttpMethod.Get, path)).Text.Split('\n')
                .Where(line => line.StartsWith("{\"audit\"", StringComparison.Ordinal)).Select(line => (JsonNode)Json.Parse(line))
                .Where(line => line.At("calls") is not null && DateTime.Parse(line.Text("time")!, null, System.Globalization.DateTimeStyles.AdjustToUniversal) >= since.AddMilliseconds(-5))],
            lines => lines.Count >= count, $"the audit has {count} calls");
    }

    /// <summary>Changes the server's spec and waits until its pod goes by it.</summary>
    private async Task ChangeAsync(string spec)
    {
        using var http = new HttpClient();
        var address = new Uri($"http://{(await PodsAsync(Server))[0].Text("status.podIP")}:{Ports.ProxyMetrics}{ProxyPaths.Policy}");
        var before = Json.Parse(await http.GetStringAsync(address)).Text("revision");
        await Api.MergeAsync(Kinds.Server, Ns, Server, JsonNode.Parse($$"""{"spec": {{spec}} }""")!);
        await Eventually.Becomes(async () => Json.Parse(await http.GetStringAsync(address)).Text("revision"), now => now != before, $"{spec} is in force", () => Suite.Operator.LogEnd);
    }
}
