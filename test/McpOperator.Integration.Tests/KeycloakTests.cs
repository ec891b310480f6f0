using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.TestKit;
using McpOperator.TestKit.Keycloaks;

namespace McpOperator.Integration.Tests;

/// <summary>
/// Scopes and clients, from manifests to tokens, with the stand-in for Keycloak (what that is worth: its own comment, and the suite of
/// McpOperator.Keycloak.Tests, which runs against a real one as well).
/// </summary>
[Order(0)]
public sealed class KeycloakTests : ServerTest
{
    private const string LoginSecret = "keycloak-login";
    private const string OperatorNamespace = "mcp-operator-system";
    private const string Tools = """[{"name": "forecast", "description": "Tells the weather.", "sideEffect": "read"}, {"name": "report", "description": "Files a report.", "sideEffect": "write"}]""";

    private static readonly HttpClient Http = new();

    private KeycloakStandIn _keycloak = null!;
    private FaultyProxy _proxy = null!;

    [SetUp]
    public async Task StartKeycloak()
    {
        _keycloak = await KeycloakStandIn.StartAsync();
        _proxy = await FaultyProxy.StartAsync(_keycloak.Address);
        await MakeRealmAsync();
        await Api.DeleteAsync(Kinds.Secret, OperatorNamespace, LoginSecret);
        await Api.CreateAsync(Kinds.Secret, OperatorNamespace, Json.Parse($$"""
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "{{LoginSecret}}"}, "stringData": {"username": "{{KeycloakStandIn.Admin}}", "password": "{{KeycloakStandIn.Admin}}"} }
            """));
        await ConfigureAsync();
    }

    [TearDown]
    public async Task StopKeycloak()
    {
        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration);
        await Api.DeleteAsync(Kinds.Secret, OperatorNamespace, LoginSecret);
        await _proxy.DisposeAsync();
        await _keycloak.DisposeAsync();
    }

    private Task ConfigureAsync(int resync = 2, int patience = 60) => File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration + $"""

        keycloak:
          url: {_proxy.Address}
          insecure: true
          realmByTenant: {"{"}{Ns}: agents{"}"}
          login: {"{"}secretName: {LoginSecret}, realm: master{"}"}
          timeoutSeconds: 2
          resyncSeconds: {resync}
          deletionPatienceSeconds: {patience}
        """);

    private Task MakeRealmAsync() => ByHandAsync(HttpMethod.Post, "", Json.Parse("""{"realm": "agents", "enabled": true}"""));

    private async Task<JsonNode?> ByHandAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var login = await Http.PostAsync(new Uri(_keycloak.Address, "/realms/master/protocol/openid-connect/token"), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["client_id"] = "admin-cli",
            ["username"] = KeycloakStandIn.Admin,
            ["password"] = KeycloakStandIn.Admin,
        }));
        using var request = new HttpRequestMessage(method, new Uri(_keycloak.Address, $"/admin/realms{path}")) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await login.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!);
        using var answer = await Http.SendAsync(request);
        answer.IsSuccessStatusCode.Should().BeTrue($"{method} {path} answers {answer.StatusCode}");
        var text = await answer.Content.ReadAsStringAsync();
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    private async Task<IReadOnlyList<string>> ScopesAsync() =>
        [.. (await ByHandAsync(HttpMethod.Get, "/agents/client-scopes"))!.AsArray().Select(s => (string)s!["name"]!).Where(n => n.StartsWith("mcp:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task UntilScopesAsync(params string[] wanted) => Eventually.Becomes(ScopesAsync, found => found.SequenceEqual(wanted.Select(t => $"mcp:{Ns}:{t}")), $"the realm has the scopes {string.Join(", ", wanted)}", () => Operator?.LogEnd);

    private async Task<bool> HasClientAsync(string clientId) => (await ByHandAsync(HttpMethod.Get, $"/agents/clients?clientId={clientId}"))!.AsArray().Count > 0;

    private async Task<(JsonObject? Claims, string? Error)> TokenAsync(JsonObject secret, string scope)
    {
        using var answer = await Http.PostAsync(new Uri(_keycloak.Address, "/realms/agents/protocol/openid-connect/token"), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = Value(secret, "client-id"),
            ["client_secret"] = Value(secret, "client-secret"),
            ["scope"] = scope,
        }));
        var json = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string?)json["access_token"] is { } token
            ? (Json.Parse(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))), null)
            : (null, (string?)json["error"]);
    }

    private static string Value(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text($"data.{key}")!));

    private Task<JsonObject> CreateToolsAsync(string name = "weather", string tools = Tools) =>
        CreateServerAsync(name, $$"""{"runtime": "Knative", "auth": {"resourceUrl": "https://{{name}}.example.com/mcp"}, "tools": {{tools}} }""");

    private Task<JsonObject> CreateGrantAsync(string name = "planner", string more = "") => Api.CreateAsync(Kinds.Grant, Ns, Json.Parse($$"""
        {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAccessGrant", "metadata": {"name": "{{name}}"}, "spec": {
          "serverRef": {"name": "weather"}, "subjects": [{"agent": "{{name}}"}], "maxTrust": "high", "allowedSideEffects": ["read"],
          "oauthClient": {"clientId": "{{name}}", "confidential": true, "secretName": "{{name}}-credentials"} {{more}} } }
        """));

    private Task<JsonObject> UntilGrantAsync(string name, string begins) => UntilAsync(
        Kinds.Grant, name, g => g.Condition(ConditionTypes.ClientRegistered)?.StartsWith(begins, StringComparison.Ordinal) == true, $"is {begins}");

    private static bool HasFinalizer(JsonObject server) => server.List("metadata.finalizers").Any(f => (string?)f == Finalizers.KeycloakScopes);

    [Test]
    public async Task Tools_get_scopes_that_come_and_go_with_them_and_the_proxy_is_told()
    {
        await CreateToolsAsync();
        await UntilConditionAsync("weather", "ScopesSynced", "True/Synced");
        await UntilScopesAsync("weather", "weather:forecast", "weather:report");
        HasFinalizer(await ServerAsync("weather")).Should().BeTrue();
        var policy = PolicyIn((await ChildrenAsync("weather")).First(c => c.Type == Kinds.ConfigMap && c.Item.At("data")?["policy.json"] is not null).Item);
        policy.List("tools.declared").Select(t => t.Text("scope")).Should().Equal($"mcp:{Ns}:weather:forecast", $"mcp:{Ns}:weather:report");

        await ChangeServerAsync("weather", """{"spec": {"tools": [{"name": "forecast", "description": "Tells the weather.", "sideEffect": "read"}]}}""");
        await UntilScopesAsync("weather", "weather:forecast");

        await Api.DeleteAsync(Kinds.Server, Ns, "weather");
        await UntilGoneAsync(Kinds.Server, "weather");
        (await ScopesAsync()).Should().BeEmpty("the server waited for that");
    }

    [Test]
    public async Task What_waits_for_review_has_no_scope_yet_and_what_was_approved_keeps_its()
    {
        await CreateToolsAsync();
        await UntilScopesAsync("weather", "weather:forecast", "weather:report");

        await ChangeServerAsync("weather", """{"spec": {"review": {"policy": "Required"}, "tools": [{"name": "forecast", "description": "Tells the weather, and everything else.", "sideEffect": "read"}, {"name": "wipe", "description": "Deletes all.", "sideEffect": "destructive"}]}}""");
        await UntilConditionAsync("weather", "ReviewCurrent", "False/HeldForReview");

        // Long enough for several looks at the realm.
        await Task.Delay(5000);
        await UntilScopesAsync("weather", "weather:forecast", "weather:report");
        var forecast = (await ByHandAsync(HttpMethod.Get, "/agents/client-scopes"))!.AsArray().First(s => (string?)s!["name"] == $"mcp:{Ns}:weather:forecast");
        ((string?)forecast!["attributes"]!["consent.screen.text"]).Should().StartWith("Tells the weather. (", "the user reads what was approved");
        await UntilConditionAsync("weather", "ScopesSynced", "True/Synced");
    }

    [Test]
    public async Task A_server_without_tools_waits_for_nobody()
    {
        await CreateServerAsync("bare", """{"runtime": "Knative"}""");

        await UntilConditionAsync("bare", "ScopesSynced", "True/NotRequested");

        HasFinalizer(await ServerAsync("bare")).Should().BeFalse();
    }

    [Test]
    public async Task A_grant_s_client_gets_a_token_with_just_the_granted_scopes_and_for_its_server()
    {
        await CreateToolsAsync();
        await CreateGrantAsync();
        await UntilGrantAsync("planner", "True/Synced");

        var secret = await UntilAsync(Kinds.Secret, "planner-credentials");
        secret.Text("metadata.ownerReferences.0.kind").Should().Be("MCPAccessGrant");
        var (claims, error) = await TokenAsync(secret, $"mcp:{Ns}:weather:forecast");
        error.Should().BeNull();
        claims!.Text("scope").Should().Be($"mcp:{Ns}:weather:forecast");
        claims.Text("aud").Should().Be("https://weather.example.com/mcp");
        claims.Text("azp").Should().Be("planner");
        (await TokenAsync(secret, $"mcp:{Ns}:weather:report")).Error.Should().Be("invalid_scope", "the grant allows no writing");

        // The Secret is deleted by hand: it comes back, with the same secret.
        await Api.DeleteAsync(Kinds.Secret, Ns, "planner-credentials");
        var again = await UntilAsync(Kinds.Secret, "planner-credentials", s => s.Text("metadata.uid") != secret.Text("metadata.uid"), "is made again");
        Value(again, "client-secret").Should().Be(Value(secret, "client-secret"));

        // A new secret, when somebody asks for one.
        await Api.MergeAsync(Kinds.Grant, Ns, "planner", Json.Parse($$"""{"metadata": {"annotations": {"{{Annotations.RotateSecret}}": "2026-11"} } }"""));
        var rotated = await UntilAsync(Kinds.Secret, "planner-credentials", s => Value(s, "client-secret") != Value(secret, "client-secret"), "has another secret");
        (await TokenAsync(rotated, $"mcp:{Ns}:weather:forecast")).Error.Should().BeNull();
        (await TokenAsync(secret, $"mcp:{Ns}:weather:forecast")).Error.Should().NotBeNull();

        // Wanted under another name: the Secret moves.
        await Api.MergeAsync(Kinds.Grant, Ns, "planner", Json.Parse("""{"spec": {"oauthClient": {"secretName": "moved"}}}"""));
        var moved = await UntilAsync(Kinds.Secret, "moved");
        Value(moved, "client-secret").Should().Be(Value(rotated, "client-secret"));
        await UntilGoneAsync(Kinds.Secret, "planner-credentials");

        // Switched off, switched on, deleted.
        await Api.MergeAsync(Kinds.Grant, Ns, "planner", Json.Parse("""{"spec": {"disabled": true}}"""));
        await Eventually.Becomes(() => TokenAsync(rotated, ""), t => t.Error is not null, "the client of a disabled grant gets no token", () => Operator?.LogEnd);
        await Api.MergeAsync(Kinds.Grant, Ns, "planner", Json.Parse("""{"spec": {"disabled": false}}"""));
        await Eventually.Becomes(() => TokenAsync(rotated, ""), t => t.Error is null, "it gets one again", () => Operator?.LogEnd);
        await Api.DeleteAsync(Kinds.Grant, Ns, "planner");
        await Eventually.Becomes(() => HasClientAsync("planner"), has => !has, "the client goes with its grant", () => Operator?.LogEnd);
    }

    [Test]
    public async Task A_Secret_of_somebody_else_is_left_alone_and_so_is_a_client()
    {
        await Api.CreateAsync(Kinds.Secret, Ns, Json.Parse("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "planner-credentials"}, "stringData": {"mine": "yes"}}"""));
        await ByHandAsync(HttpMethod.Post, "/agents/clients", Json.Parse("""{"clientId": "taken", "description": "theirs"}"""));
        await CreateToolsAsync();
        await CreateGrantAsync();
        await CreateGrantAsync("taken");

        await UntilGrantAsync("planner", "False/NotOwned");
        await UntilGrantAsync("taken", "False/ClientNotOwned");
        (await Api.GetAsync(Kinds.Secret, Ns, "planner-credentials")).At("data")!.AsObject().Should().ContainKey("mine").And.NotContainKey("client-secret");
        (await Api.FindAsync(Kinds.Secret, Ns, "taken-credentials")).Should().BeNull();
    }

    [Test]
    public async Task What_is_changed_by_hand_comes_back_and_steady_state_asks_and_writes_nothing()
    {
        await CreateToolsAsync();
        await CreateGrantAsync();
        await UntilGrantAsync("planner", "True/Synced");
        await ByHandAsync(HttpMethod.Delete, $"/agents/client-scopes/{(string)(await ByHandAsync(HttpMethod.Get, "/agents/client-scopes"))!.AsArray().First(s => (string?)s!["name"] == $"mcp:{Ns}:weather:forecast")!["id"]!}");

        await UntilScopesAsync("weather", "weather:forecast", "weather:report");
        var secret = await UntilAsync(Kinds.Secret, "planner-credentials");
        await Eventually.Becomes(() => TokenAsync(secret, $"mcp:{Ns}:weather:forecast"), t => t.Error is null, "the client has it too", () => Operator?.LogEnd);

        // Its own writes may wake it once more.
        await Task.Delay(3000);
        var version = (await ServerAsync("weather")).Version();
        _proxy.Forget();
        await Eventually.Becomes(() => Task.FromResult(_proxy.Calls.Count(c => c.Path.EndsWith("/client-scopes", StringComparison.Ordinal))), n => n >= 2, "the realm is looked at again", () => Operator?.LogEnd);
        _proxy.Calls.Should().OnlyContain(c => !c.IsWrite);
        (await ServerAsync("weather")).Version().Should().Be(version);
    }

    [Test]
    public async Task A_Keycloak_that_is_away_stops_nothing_else_and_is_made_up_for()
    {
        await CreateToolsAsync("early");
        await UntilConditionAsync("early", "ScopesSynced", "True/Synced");
        await _keycloak.StopAsync();

        await CreateToolsAsync("late");
        await UntilConditionAsync("late", "ScopesSynced", "False/KeycloakUnreachable");
        await UntilEventAsync("late", Reasons.KeycloakUnreachable);
        await UntilConditionAsync("late", "PolicyPublished", "True");
        await UntilConditionAsync("late", "NetworkIsolated", "True");
        await Simulated.KnativeAsync(Api, Ns, "late-mcp");
        await UntilConditionAsync("late", "Ready", "True");
        HasFinalizer(await ServerAsync("late")).Should().BeFalse("it has no scopes yet");
        await Api.DeleteAsync(Kinds.Server, Ns, "late");
        await UntilGoneAsync(Kinds.Server, "late");

        await _keycloak.StartAgainAsync();
        await UntilConditionAsync("early", "ScopesSynced", "True/Synced", TimeSpan.FromSeconds(60));
    }

    [Test]
    public async Task A_server_that_is_deleted_while_Keycloak_is_away_waits_and_then_gives_up_and_its_scopes_go_later()
    {
        await ConfigureAsync(patience: 5);
        await CreateToolsAsync("weather");
        await CreateToolsAsync("staying");
        await UntilConditionAsync("weather", "ScopesSynced", "True/Synced");
        await UntilConditionAsync("staying", "ScopesSynced", "True/Synced");
        await _keycloak.StopAsync();

        await Api.DeleteAsync(Kinds.Server, Ns, "weather");
        await Task.Delay(2000);
        (await Api.FindAsync(Kinds.Server, Ns, "weather")).Should().NotBeNull("its scopes are still there");
        await UntilGoneAsync(Kinds.Server, "weather", TimeSpan.FromSeconds(60));
        await UntilEventAsync("weather", EventReasons.ScopesAbandoned);

        await _keycloak.StartAgainAsync();
        await Eventually.Becomes(ScopesAsync, s => s.SequenceEqual([$"mcp:{Ns}:staying", $"mcp:{Ns}:staying:forecast", $"mcp:{Ns}:staying:report"]), "what was left behind goes", () => Operator?.LogEnd, TimeSpan.FromSeconds(90));
    }

    [Test]
    public async Task A_realm_that_is_deleted_a_login_that_is_wrong_and_a_tenant_without_a_realm_are_told_apart()
    {
        await CreateToolsAsync();
        await UntilConditionAsync("weather", "ScopesSynced", "True/Synced");

        await ByHandAsync(HttpMethod.Delete, "/agents");
        await UntilConditionAsync("weather", "ScopesSynced", "False/RealmMissing");
        await MakeRealmAsync();
        await UntilConditionAsync("weather", "ScopesSynced", "True/Synced", TimeSpan.FromSeconds(60));
        await UntilScopesAsync("weather", "weather:forecast", "weather:report");

        await Api.MergeAsync(Kinds.Secret, OperatorNamespace, LoginSecret, Json.Parse($$"""{"data": {"password": "{{Convert.ToBase64String("wrong"u8)}}"} }"""));
        await UntilConditionAsync("weather", "ScopesSynced", "False/KeycloakUnauthorized");

        await File.WriteAllTextAsync(Suite.ConfigFile, Suite.Configuration + $"\nkeycloak: {{url: {_proxy.Address}, insecure: true, realmByTenant: {{somebody: else}}}}");
        await UntilConditionAsync("weather", "ScopesSynced", "False/RealmUnmapped");
    }
}
