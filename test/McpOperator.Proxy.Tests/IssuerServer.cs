using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>An issuer of tokens on loopback: metadata, one key, and tokens signed with it.</summary>
internal sealed class IssuerServer : IAsyncDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private LocalServer _server = null!;

    public ConcurrentQueue<string> Asked { get; } = [];

    public string Url => _server.Address.OriginalString;

    /// <summary>Starts one.</summary>
    /// <param name="certificate">With what it speaks https; nothing: it speaks http.</param>
    public static async Task<IssuerServer> StartAsync(X509Certificate2? certificate = null)
    {
        var issuer = new IssuerServer();
        issuer._server = await LocalServer.StartAsync(issuer.AnswerAsync, certificate: certificate);
        return issuer;
    }

    /// <summary>A token for somebody, good for five minutes.</summary>
    public string Token(string user, string audience, string agent = "planner", string? scope = null, Action<JsonObject>? change = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Url, ["aud"] = audience, ["sub"] = user, ["azp"] = agent, ["iat"] = now, ["exp"] = now + 300 };
        if (scope is not null)
        {
            claims["scope"] = scope;
        }

        change?.Invoke(claims);
        var signed = $"{Encode("""{"alg":"ES256","kid":"k","typ":"at+jwt"}""")}.{Encode(claims.ToJsonString())}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private Task AnswerAsync(HttpContext http)
    {
        Asked.Enqueue(http.Request.Path);
        var q = _key.ExportParameters(false).Q;
        JsonObject? answer = http.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => new() { ["issuer"] = Url, ["jwks_uri"] = Url + "/keys" },
            "/keys" => new() { ["keys"] = new JsonArray(new JsonObject { ["kid"] = "k", ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(q.X), ["y"] = Base64Url.EncodeToString(q.Y) }) },
            _ => null,
        };
        http.Response.StatusCode = answer is null ? 404 : 200;
        return http.Response.WriteAsync(answer?.ToJsonString() ?? "");
    }
}
