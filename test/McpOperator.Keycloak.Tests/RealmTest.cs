using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Keycloak.Admin;
using McpOperator.Keycloak.Clients;
using McpOperator.Keycloak.Realms;
using McpOperator.Keycloak.Scopes;
using McpOperator.TestKit.Keycloaks;

[assembly: NonParallelizable]

namespace McpOperator.Keycloak.Tests;

/// <summary>
/// The Keycloak that the suite runs against: the one at <c>KEYCLOAK_URL</c> (administrator <c>KEYCLOAK_ADMIN</c> with
/// <c>KEYCLOAK_ADMIN_PASSWORD</c>, both by themselves <c>admin</c>), else the stand-in. Every test must pass on both.
/// </summary>
[SetUpFixture]
public sealed class Suite
{
    private static KeycloakStandIn? _standIn;

    public static Uri Url { get; private set; } = null!;

    public static bool IsReal => _standIn is null;

    public static string Admin => Environment.GetEnvironmentVariable("KEYCLOAK_ADMIN") ?? KeycloakStandIn.Admin;

    public static string Password => Environment.GetEnvironmentVariable("KEYCLOAK_ADMIN_PASSWORD") ?? KeycloakStandIn.Admin;

    [OneTimeSetUp]
    public async Task Start()
    {
        var url = Environment.GetEnvironmentVariable("KEYCLOAK_URL");
        _standIn = string.IsNullOrEmpty(url) ? await KeycloakStandIn.StartAsync() : null;
        Url = _standIn?.Address ?? new Uri(url!);
        await TestContext.Progress.WriteLineAsync(IsReal ? $"against the Keycloak at {Url}" : "against the stand-in; set KEYCLOAK_URL for a real Keycloak");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_standIn is not null)
        {
            await _standIn.DisposeAsync();
        }
    }
}

/// <summary>
/// A test with a realm of its own, in which the operator has an account with the one role <c>manage-clients</c>. A proxy stands between
/// it and Keycloak, which counts and can misbehave. What an administrator does by hand goes around both.
/// </summary>
public abstract class RealmTest
{
    protected const string Owner = "cluster-1";
    protected const string Weather = "team-a/weather";
    protected const string Url = "https://weather.example.com/mcp";

    private static readonly HttpClient Http = new();

    protected string RealmName { get; private set; } = "";

    protected FaultyProxy Proxy { get; private set; } = null!;

    protected KeycloakRealm Realm { get; private set; } = null!;

    /// <summary>The secret of the operator's own account.</summary>
    protected string OperatorSecret { get; private set; } = "";

    [SetUp]
    public async Task MakeRealm()
    {
        RealmName = $"mcp-{Guid.NewGuid():N}"[..16];
        Proxy = await FaultyProxy.StartAsync(Suite.Url);
        await ByHandAsync(HttpMethod.Post, "/admin/realms", new JsonObject { ["realm"] = RealmName, ["enabled"] = true });
        OperatorSecret = await MakeAccountAsync("mcp-operator", "manage-clients");
        Realm = Connect(KeycloakLogin.Client(RealmName, "mcp-operator", OperatorSecret));
    }

    [TearDown]
    public async Task RemoveRealm()
    {
        Realm.Dispose();
        await Proxy.DisposeAsync();
        await ByHandAsync(HttpMethod.Delete, $"/admin/realms/{RealmName}", null, HttpStatusCode.NotFound);
    }

    protected KeycloakRealm Connect(KeycloakLogin login, TimeSpan? timeout = null, int retries = 2, string? realm = null) => new(
        new() { Url = Proxy.Address, Realm = realm ?? RealmName, Login = login, RequestTimeout = timeout ?? TimeSpan.FromSeconds(10), Retries = retries }, TimeProvider.System);

    protected KeycloakRealm ConnectAsOperator(TimeSpan? timeout = null, int retries = 2) => Connect(KeycloakLogin.Client(RealmName, "mcp-operator", OperatorSecret), timeout, retries);

    /// <summary>A confidential client whose service account has one role, as <c>docs/keycloak.md</c> says.</summary>
    /// <returns>Its secret.</returns>
    protected async Task<string> MakeAccountAsync(string clientId, string? role)
    {
        var secret = $"s-{Guid.NewGuid():N}";
        await ByHandAsync(HttpMethod.Post, $"{Admin}/clients", new JsonObject
        {
            ["clientId"] = clientId,
            ["secret"] = secret,
            ["publicClient"] = false,
            ["standardFlowEnabled"] = false,
            ["serviceAccountsEnabled"] = true,
        });
        if (role is not null)
        {
            var client = (await ByHandAsync(HttpMethod.Get, $"{Admin}/clients?clientId={clientId}"))![0]!;
            var management = (await ByHandAsync(HttpMethod.Get, $"{Admin}/clients?clientId=realm-management"))![0]!;
            var user = await ByHandAsync(HttpMethod.Get, $"{Admin}/clients/{client["id"]}/service-account-user");
            var granted = await ByHandAsync(HttpMethod.Get, $"{Admin}/clients/{management["id"]}/roles/{role}");
            await ByHandAsync(HttpMethod.Post, $"{Admin}/users/{user!["id"]}/role-mappings/clients/{management["id"]}", new JsonArray(granted!.DeepClone()));
        }

        return secret;
    }

    protected string Admin => $"/admin/realms/{RealmName}";

    /// <summary>What an administrator does by hand, past the proxy.</summary>
    protected static async Task<JsonNode?> ByHandAsync(HttpMethod method, string path, JsonNode? body = null, HttpStatusCode? tolerated = null)
    {
        using var login = await Http.PostAsync(new Uri(Suite.Url, "/realms/master/protocol/openid-connect/token"), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["client_id"] = "admin-cli",
            ["username"] = Suite.Admin,
            ["password"] = Suite.Password,
        }));
        using var request = new HttpRequestMessage(method, new Uri(Suite.Url, path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await login.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!);
        using var answer = await Http.SendAsync(request);
        if (answer.StatusCode != tolerated)
        {
            answer.IsSuccessStatusCode.Should().BeTrue($"{method} {path} answers {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }

        var text = await answer.Content.ReadAsStringAsync();
        return text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null;
    }

    protected async Task<JsonObject?> ScopeByHandAsync(string name) =>
        (await ByHandAsync(HttpMethod.Get, $"{Admin}/client-scopes"))!.AsArray().FirstOrDefault(s => (string?)s!["name"] == name)?.AsObject();

    protected async Task<JsonObject?> ClientByHandAsync(string clientId) =>
        (await ByHandAsync(HttpMethod.Get, $"{Admin}/clients?clientId={clientId}"))!.AsArray().FirstOrDefault()?.AsObject();

    protected Task<RealmOutcome> PassAsync(RealmWanted wanted, KeycloakRealm? realm = null) => RealmPass.RunAsync(realm ?? Realm, wanted, CancellationToken.None);

    protected static ServerScopes Server(string name = Weather, string? url = null, params string[] tools) => new()
    {
        Server = name,
        Created = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        Audience = url ?? Url,
        BaseScope = BaseScopeOf(name),
        Tools = [.. tools.Select(t => new ScopedTool(t, $"Does {t}.", ScopeOf(t, name)))],
    };

    protected static string BaseScopeOf(string server = Weather) => Policy.ToolScopes.BaseOf(server.Split('/')[0], server.Split('/')[1]);

    protected static string ScopeOf(string tool, string server = Weather) => Policy.ToolScopes.NameOf(server.Split('/')[0], server.Split('/')[1], tool);

    protected static GrantClient Grant(string clientId = "planner", string name = "team-a/planner", params string[] tools) => new()
    {
        Grant = name,
        Server = Weather,
        Created = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        ClientId = clientId,
        Confidential = true,
        Scopes = [.. tools.Select(t => ScopeOf(t))],
    };

    protected static RealmWanted Wanted(IReadOnlyList<ServerScopes> servers, params GrantClient[] clients) => new() { Owner = Owner, Servers = servers, Clients = clients };

    /// <summary>Asks the realm for a token with client credentials, as the client would.</summary>
    /// <returns>The claims, or Keycloak's <c>error</c>.</returns>
    protected async Task<(JsonObject? Claims, string? Error)> TokenAsync(string clientId, string secret, string scope)
    {
        using var answer = await Http.PostAsync(new Uri(Suite.Url, $"/realms/{RealmName}/protocol/openid-connect/token"), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = clientId,
            ["client_secret"] = secret,
            ["scope"] = scope,
        }));
        var json = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string?)json["access_token"] is { } token
            ? (JsonNode.Parse(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])))!.AsObject(), null)
            : (null, (string?)json["error"]);
    }
}
