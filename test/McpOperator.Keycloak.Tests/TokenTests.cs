using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOperator.Keycloak.Tests;

/// <summary>Tokens that others check with nothing but the issuer's own metadata and keys.</summary>
public sealed class TokenTests : RealmTest
{
    private static readonly HttpClient Http = new(new HttpClientHandler { AllowAutoRedirect = false });

    [Test]
    public async Task A_token_is_signed_with_a_key_that_the_issuer_publishes()
    {
        var credential = (await PassAsync(Wanted([Server(tools: "forecast")], Grant(tools: "forecast")))).Credentials["team-a/planner"];
        var discovery = await JsonAsync($"/realms/{RealmName}/.well-known/openid-configuration");
        var token = await RedeemAsync(new() { ["grant_type"] = "client_credentials", ["client_id"] = credential.ClientId, ["client_secret"] = credential.Secret, ["scope"] = ScopeOf("forecast") });

        var parts = ((string)token["access_token"]!).Split('.');
        var header = Decode(parts[0]);
        var keys = (await Http.GetFromJsonAsync<JsonObject>((string)discovery["jwks_uri"]!))!;
        var key = keys["keys"]!.AsArray().Single(k => (string?)k!["kid"] == (string)header["kid"]!)!;
        using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes((string)key["n"]!), Exponent = Bytes((string)key["e"]!) });

        rsa.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Bytes(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).Should().BeTrue();
        Decode(parts[1])["iss"]!.GetValue<string>().Should().Be((string)discovery["issuer"]!);
        discovery["code_challenge_methods_supported"]!.AsArray().Select(m => (string)m!).Should().Contain("S256");
    }

    /// <summary>Of the stand-in alone: a real Keycloak shows people pages, which a test without a browser cannot fill in.</summary>
    [Test]
    public async Task The_stand_in_s_code_flow_wants_PKCE_and_leads_where_it_may()
    {
        if (Suite.IsReal)
        {
            Assert.Ignore("about the stand-in, which stands in for the user as well");
        }

        await PassAsync(Wanted([Server(tools: ["forecast", "report"])], Grant("web", tools: "forecast") with { Confidential = false, RedirectUris = ["http://127.0.0.1/cb"] }));
        const string Verifier = "a-verifier-that-is-long-enough-to-be-one-0123456789";
        var challenge = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

        var (code, error) = await AuthorizeAsync(ScopeOf("forecast"), "http://127.0.0.1:4711/cb", challenge);
        error.Should().BeNull("a port of loopback may be any (RFC 8252)");
        Dictionary<string, string> form = new() { ["grant_type"] = "authorization_code", ["client_id"] = "web", ["code"] = code!, ["redirect_uri"] = "http://127.0.0.1:4711/cb", ["code_verifier"] = Verifier };
        var claims = Decode(((string)(await RedeemAsync(form))["access_token"]!).Split('.')[1]);
        ((string)claims["scope"]!).Should().Be(ScopeOf("forecast"));
        ((string)claims["aud"]!).Should().Be(Url);
        ((string)claims["sub"]!).Should().Be("alice");
        (await RedeemAsync(form))["error"]!.GetValue<string>().Should().Be("invalid_grant", "a code is good once");

        (code, _) = await AuthorizeAsync(ScopeOf("forecast"), "http://127.0.0.1:4711/cb", challenge);
        (await RedeemAsync(new(form) { ["code"] = code!, ["code_verifier"] = "another" }))["error"]!.GetValue<string>().Should().Be("invalid_grant");
        (await AuthorizeAsync(ScopeOf("forecast"), "http://127.0.0.1:4711/cb", null)).Error.Should().Be("invalid_request", "without PKCE nothing");
        (await AuthorizeAsync(ScopeOf("report"), "http://127.0.0.1:4711/cb", challenge)).Error.Should().Be("invalid_scope");
        (await AuthorizeAsync(ScopeOf("forecast"), "https://evil.example.com/cb", challenge)).Error.Should().Be("refused");
    }

    private async Task<(string? Code, string? Error)> AuthorizeAsync(string scope, string redirect, string? challenge)
    {
        var pkce = challenge is null ? "" : $"&code_challenge_method=S256&code_challenge={challenge}";
        using var answer = await Http.GetAsync(new Uri(Suite.Url, $"/realms/{RealmName}/protocol/openid-connect/auth?response_type=code&client_id=web&login_hint=alice&state=s"
            + $"&scope={Uri.EscapeDataString(scope)}&redirect_uri={Uri.EscapeDataString(redirect)}{pkce}"));
        if (answer.StatusCode != HttpStatusCode.Redirect)
        {
            return (null, "refused");
        }

        answer.Headers.Location!.ToString().Should().StartWith(redirect);
        var query = System.Web.HttpUtility.ParseQueryString(answer.Headers.Location!.Query);
        return (query["code"], query["error"]);
    }

    private async Task<JsonObject> RedeemAsync(Dictionary<string, string> form)
    {
        using var answer = await Http.PostAsync(new Uri(Suite.Url, $"/realms/{RealmName}/protocol/openid-connect/token"), new FormUrlEncodedContent(form));
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static async Task<JsonObject> JsonAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(new Uri(Suite.Url, path)))!;

    private static JsonObject Decode(string part) => JsonNode.Parse(Bytes(part))!.AsObject();

    private static byte[] Bytes(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
