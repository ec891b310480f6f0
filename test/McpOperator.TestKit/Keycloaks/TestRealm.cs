using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>
/// A realm for servers that run as pods: a stand-in for Keycloak that this machine and the pods reach under one address, by TLS, and what people
/// and agents do there. Its clients are those that the operator makes of grants.
/// </summary>
public sealed class TestRealm : IAsyncDisposable
{
    /// <summary>Where users are sent back to who log in through a client.</summary>
    public const string RedirectUri = "http://127.0.0.1/callback";

    private const string Name = "agents";
    private const string LoginSecret = "keycloak-login";
    private const string OperatorNamespace = "mcp-operator-system";

    private readonly Cluster _cluster;
    private readonly KeycloakStandIn _keycloak;
    private readonly TestAuthority _authority;
    private readonly HttpClient _http;

    private TestRealm(Cluster cluster, KeycloakStandIn keycloak, TestAuthority authority) =>
        (_cluster, _keycloak, _authority, _http) = (cluster, keycloak, authority, authority.CreateClient());

    /// <summary>The issuer of its tokens.</summary>
    public string Issuer => $"{_keycloak.Hostname}/realms/{Name}";

    /// <summary>The certificate of the private authority that it has its own from, in PEM.</summary>
    public string CertificateAuthority => _authority.Pem;

    /// <summary>The operator's configuration of it.</summary>
    public string Configuration => $$"""
        keycloak:
          url: {{_keycloak.Address}}
          issuerUrl: {{_keycloak.Hostname}}
          certificateAuthorities: {{JsonValue.Create(_authority.Pem).ToJsonString()}}
          realm: {{Name}}
          login: {secretName: {{LoginSecret}}, realm: master}
          resyncSeconds: 5
          deletionPatienceSeconds: 5
        """;

    /// <summary>Starts one.</summary>
    /// <param name="cluster">A cluster with a node; the operator's login is put there.</param>
    public static async Task<TestRealm> StartAsync(Cluster cluster)
    {
        // Where pods reach the API server they reach this machine.
        var host = cluster.ApiServer.Split(':')[0];
        var authority = new TestAuthority();
        var keycloak = await KeycloakStandIn.StartAsync(IPAddress.Any, authority.Issue(host, "127.0.0.1"));
        keycloak.Hostname = $"https://{host}:{keycloak.Port}";
        var realm = new TestRealm(cluster, keycloak, authority);
        await realm.MakeAsync();
        await cluster.Api.DeleteAsync(Kinds.Secret, OperatorNamespace, LoginSecret);
        await cluster.Api.CreateAsync(Kinds.Secret, OperatorNamespace, Json.Parse($$"""
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "{{LoginSecret}}"}, "stringData": {"username": "{{KeycloakStandIn.Admin}}", "password": "{{KeycloakStandIn.Admin}}"} }
            """));
        return realm;
    }

    /// <summary>What a token says; whether it is true is for the proxy to find out.</summary>
    public static JsonObject Claims(string token) => Json.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[1])));

    /// <summary>What a Secret has under a key.</summary>
    public static string Value(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text($"data.{key}")!));

    /// <summary>What an address of the realm answers.</summary>
    public Task<string> GetAsync(string url) => _http.GetStringAsync(new Uri(url));

    /// <summary>A token for a client itself, with the Secret that the operator has written.</summary>
    /// <exception cref="TokenRefusedException">The realm refuses.</exception>
    public Task<string> ClientTokenAsync(JsonObject secret, params IEnumerable<string> scopes) => TokenAsync(new()
    {
        ["grant_type"] = "client_credentials",
        ["client_id"] = Value(secret, "client-id"),
        ["client_secret"] = Value(secret, "client-secret"),
        ["scope"] = string.Join(' ', scopes),
    });

    /// <summary>A token for a user who logs in through a public client: authorization code, PKCE.</summary>
    /// <exception cref="TokenRefusedException">The realm refuses.</exception>
    public async Task<string> UserTokenAsync(string user, string clientId, params IEnumerable<string> scopes)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var query = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = clientId,
            ["redirect_uri"] = RedirectUri,
            ["scope"] = string.Join(' ', scopes),
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
            ["login_hint"] = user,
        };
        using var answer = await _http.GetAsync(new Uri($"{Issuer}/protocol/openid-connect/auth?{string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}"))}"));
        var back = answer.Headers.Location?.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return back?.GetValueOrDefault("code") is { } code
            ? await TokenAsync(new() { ["grant_type"] = "authorization_code", ["client_id"] = clientId, ["code"] = code, ["redirect_uri"] = RedirectUri, ["code_verifier"] = verifier })
            : throw new TokenRefusedException(back?.GetValueOrDefault("error") ?? await answer.Content.ReadAsStringAsync());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _cluster.Api.DeleteAsync(Kinds.Secret, OperatorNamespace, LoginSecret);
        await _keycloak.DisposeAsync();
        _http.Dispose();
        _authority.Dispose();
    }

    private async Task<string> TokenAsync(Dictionary<string, string> form)
    {
        using var answer = await _http.PostAsync(new Uri($"{Issuer}/protocol/openid-connect/token"), new FormUrlEncodedContent(form));
        var json = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string?)json["access_token"] ?? throw new TokenRefusedException((string?)json["error"] ?? json.ToJsonString());
    }

    private async Task MakeAsync()
    {
        using var login = await _http.PostAsync(new Uri(_keycloak.Address, "/realms/master/protocol/openid-connect/token"), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["client_id"] = "admin-cli",
            ["username"] = KeycloakStandIn.Admin,
            ["password"] = KeycloakStandIn.Admin,
        }));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_keycloak.Address, "/admin/realms")) { Content = JsonContent.Create(new { realm = Name, enabled = true }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await login.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!);
        using var answer = await _http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>The realm issues no token.</summary>
/// <param name="error">The error's code (RFC 6749, 4.1.2.1 and 5.2).</param>
public sealed class TokenRefusedException(string error) : Exception(error);
