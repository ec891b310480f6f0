using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOperator.Identity.Tests;

/// <summary>
/// An issuer of tokens with a key of every sort, and the network in which it stands: whoever asks anybody for anything asks it, and it keeps
/// the list.
/// </summary>
internal sealed class Issuer : HttpMessageHandler
{
    public const string Url = "https://issuer.example.com/realms/team";
    public const string Audience = "https://weather.example.com/mcp";
    public static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Making keys takes long, and no test changes one.</summary>
    private static readonly Dictionary<string, AsymmetricAlgorithm> Keys = new()
    {
        ["rsa"] = RSA.Create(2048),
        ["p256"] = ECDsa.Create(ECCurve.NamedCurves.nistP256),
        ["p384"] = ECDsa.Create(ECCurve.NamedCurves.nistP384),
        ["p521"] = ECDsa.Create(ECCurve.NamedCurves.nistP521),
    };

    private readonly Dictionary<string, AsymmetricAlgorithm> _keys = new(Keys);

    /// <summary>Everything that was asked of anybody.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Whether it answers nobody.</summary>
    public bool IsDown { get; set; }

    /// <summary>What it answers instead of its keys.</summary>
    public string? KeysText { get; set; }

    /// <summary>Where its metadata says that the keys are.</summary>
    public string JwksUri { get; set; } = Url + "/keys";

    /// <summary>Whose metadata it serves.</summary>
    public string Says { get; set; } = Url;

    public RSA Rsa => (RSA)_keys["rsa"];

    public JsonObject Jwks => new() { ["keys"] = new JsonArray([.. _keys.Select(key => Jwk(key.Key, key.Value))]) };

    /// <summary>Replaces its keys, as issuers do from time to time.</summary>
    public void Rotate(string oldId, string newId)
    {
        _keys.Remove(oldId);
        _keys[newId] = RSA.Create(2048);
    }

    public static JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["aud"] = Audience,
            ["sub"] = "alice",
            ["azp"] = "planner",
            ["iat"] = Now.ToUnixTimeSeconds() - 10,
            ["exp"] = Now.ToUnixTimeSeconds() + 300,
        };
        change?.Invoke(claims);
        return claims;
    }

    /// <summary>A token as it should be, unless it says otherwise.</summary>
    public string Token(string alg = "RS256", string? kid = "rsa", Action<JsonObject>? claims = null, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = alg, ["typ"] = "at+jwt" };
        if (kid is not null)
        {
            head["kid"] = kid;
        }

        header?.Invoke(head);
        return Sign(head.ToJsonString(), Claims(claims).ToJsonString(), alg, kid ?? "rsa");
    }

    public string Sign(string header, string claims, string alg, string key)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(Signature(Encoding.ASCII.GetBytes(signed), alg, _keys[key]))}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static byte[] Signature(byte[] data, string alg, AsymmetricAlgorithm key)
    {
        var hash = new HashAlgorithmName("SHA" + alg[2..]);
        return key switch
        {
            RSA rsa => rsa.SignData(data, hash, alg[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            ECDsa ec => ec.SignData(data, hash),
            _ => throw new NotSupportedException(),
        };
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!.AbsoluteUri;
        Asked.Enqueue(url);
        if (IsDown)
        {
            throw new HttpRequestException("connection refused");
        }

        var answer = url switch
        {
            Url + "/.well-known/openid-configuration" => new JsonObject { ["issuer"] = Says, ["jwks_uri"] = JwksUri }.ToJsonString(),
            _ when url == JwksUri => KeysText ?? Jwks.ToJsonString(),
            _ => null,
        };
        return Task.FromResult(answer is null
            ? new HttpResponseMessage(HttpStatusCode.NotFound)
            : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer, Encoding.UTF8, "application/json") });
    }

    private static JsonObject Jwk(string id, AsymmetricAlgorithm key)
    {
        switch (key)
        {
            case RSA rsa:
                var r = rsa.ExportParameters(false);
                return new JsonObject { ["kid"] = id, ["kty"] = "RSA", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(r.Modulus), ["e"] = Base64Url.EncodeToString(r.Exponent) };
            case ECDsa ec:
                var e = ec.ExportParameters(false);
                return new JsonObject
                {
                    ["kid"] = id,
                    ["kty"] = "EC",
                    ["crv"] = $"P-{ec.KeySize}",
                    ["x"] = Base64Url.EncodeToString(e.Q.X),
                    ["y"] = Base64Url.EncodeToString(e.Q.Y),
                };
            default:
                throw new NotSupportedException();
        }
    }
}
