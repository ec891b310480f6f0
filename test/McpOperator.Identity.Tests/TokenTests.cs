using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.TestKit;

namespace McpOperator.Identity.Tests;

/// <summary>Which tokens are good, and what those get who try with others. Whatever a token says, only the issuer is ever asked.</summary>
public sealed class TokenTests : IDisposable
{
    private static readonly AuthPolicy Auth = new()
    {
        Type = AuthType.OIDC,
        Issuer = Issuer.Url,
        ResourceUrl = Issuer.Audience,
        Claims = new() { User = "sub", Agent = "azp", Groups = "groups", Session = "sid" },
    };

    private Issuer _issuer = null!;
    private HttpMessageInvoker _http = null!;
    private FakeClock _clock = null!;
    private TokenValidator _validator = null!;

    [SetUp]
    public void Start()
    {
        _issuer = new();
        _http = new(_issuer);
        _clock = new();
        _validator = new(_http, _clock);
    }

    [TearDown]
    public void Dispose() => _http.Dispose();

    private async Task<TokenFinding> LookAsync(string token, AuthPolicy? auth = null) => await _validator.ValidateAsync(token, auth ?? Auth, CancellationToken.None);

    private async Task AcceptedAsync(string token, AuthPolicy? auth = null)
    {
        var finding = await LookAsync(token, auth);
        finding.Message.Should().BeNull();
        finding.Caller!.IsAuthenticated.Should().BeTrue();
    }

    private async Task RefusedAsync(string token, string because, AuthPolicy? auth = null)
    {
        var finding = await LookAsync(token, auth);
        finding.Caller.Should().BeNull();
        finding.Reason.Should().Be(AccessReasons.TokenInvalid);
        finding.Message.Should().Contain(because);
    }

    [TearDown]
    public void Only_the_issuer_was_asked() => _issuer.Asked.Where(url => !url.StartsWith("https://issuer.example.com/", StringComparison.Ordinal)).Should().BeEmpty();

    [TestCase("RS256", "rsa")]
    [TestCase("RS384", "rsa")]
    [TestCase("RS512", "rsa")]
    [TestCase("PS256", "rsa")]
    [TestCase("PS384", "rsa")]
    [TestCase("PS512", "rsa")]
    [TestCase("ES256", "p256")]
    [TestCase("ES384", "p384")]
    [TestCase("ES512", "p521")]
    public async Task Every_algorithm_is_accepted_with_and_without_a_key_id(string alg, string kid)
    {
        await AcceptedAsync(_issuer.Token(alg, kid));
        var header = new JsonObject { ["alg"] = alg };
        await AcceptedAsync(_issuer.Sign(header.ToJsonString(), Issuer.Claims().ToJsonString(), alg, kid));
        var good = _issuer.Token(alg, kid);
        var broken = good[..^4] + (good[^4] == 'A' ? 'B' : 'A') + good[^3..];
        await RefusedAsync(broken, "signature is wrong");
    }

    [Test]
    public async Task The_claims_say_who_calls()
    {
        var finding = await LookAsync(_issuer.Token(claims: c =>
        {
            c["groups"] = new JsonArray("staff", "ops");
            c["scope"] = "openid weather:read";
            c["sid"] = "alice-planner";
        }));

        finding.Caller.Should().BeEquivalentTo(new Caller
        {
            IsAuthenticated = true,
            User = "alice",
            Agent = "planner",
            Client = "planner",
            Groups = ["staff", "ops"],
            Scopes = ["openid", "weather:read"],
            Session = "alice-planner",
            SessionSource = SessionSource.Claim,
        });
    }

    [Test]
    public async Task Claims_may_have_other_names_and_lie_deeper()
    {
        var auth = Auth with { Claims = new() { User = "https://example.com/user", Agent = "act.sub", Groups = "realm_access.roles", Session = "sid" } };

        var finding = await LookAsync(_issuer.Token(claims: c =>
        {
            c["https://example.com/user"] = "alice@example.com";
            c["act"] = new JsonObject { ["sub"] = "bot" };
            c["realm_access"] = new JsonObject { ["roles"] = new JsonArray("admin") };
        }), auth);

        finding.Caller.Should().Match<Caller>(c => c.User == "alice@example.com" && c.Agent == "bot" && c.Client == "planner" && c.Groups.Single() == "admin");
    }

    [Test]
    public async Task Alg_none_is_refused()
    {
        foreach (var none in new[] { "none", "None", "NONE", "nOnE", "" })
        {
            var header = Issuer.Encode($$"""{"alg":"{{none}}"}""");
            await RefusedAsync($"{header}.{Issuer.Encode(Issuer.Claims().ToJsonString())}.", "algorithm is not accepted");
        }

        _issuer.Asked.Should().BeEmpty("such a token is not worth a question");
    }

    [Test]
    public async Task HS256_with_the_public_key_as_the_secret_is_refused()
    {
        foreach (var secret in new[] { Encoding.ASCII.GetBytes(_issuer.Rsa.ExportSubjectPublicKeyInfoPem()), _issuer.Rsa.ExportSubjectPublicKeyInfo(), _issuer.Rsa.ExportParameters(false).Modulus! })
        {
            var signed = $"{Issuer.Encode("""{"alg":"HS256","kid":"rsa"}""")}.{Issuer.Encode(Issuer.Claims().ToJsonString())}";
            await RefusedAsync($"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}", "algorithm is not accepted");
        }
    }

    [Test]
    public async Task A_token_for_somebody_else_is_refused()
    {
        await RefusedAsync(_issuer.Token(claims: c => c["aud"] = "https://other.example.com/mcp"), "not for this server");
        await RefusedAsync(_issuer.Token(claims: c => c["aud"] = Issuer.Audience + "/"), "not for this server");
        await RefusedAsync(_issuer.Token(claims: c => c["aud"] = new JsonArray("a", "b")), "not for this server");
        await RefusedAsync(_issuer.Token(claims: c => c.Remove("aud")), "not for this server");
        await AcceptedAsync(_issuer.Token(claims: c => c["aud"] = new JsonArray("account", Issuer.Audience)));
        await AcceptedAsync(_issuer.Token(claims: c => c["aud"] = "weather"), Auth with { Audience = "weather" });
        await RefusedAsync(_issuer.Token(), "not for this server", Auth with { Audience = "weather" });
    }

    [Test]
    public async Task Times_hold_with_the_stated_leeway()
    {
        var now = Issuer.Now.ToUnixTimeSeconds();
        await AcceptedAsync(_issuer.Token(claims: c => c["exp"] = now - TokenValidator.Leeway + 1));
        await RefusedAsync(_issuer.Token(claims: c => c["exp"] = now - TokenValidator.Leeway), "expired");
        await AcceptedAsync(_issuer.Token(claims: c => c["nbf"] = now + TokenValidator.Leeway));
        await RefusedAsync(_issuer.Token(claims: c => c["nbf"] = now + TokenValidator.Leeway + 1), "not valid yet");
        await RefusedAsync(_issuer.Token(claims: c => c["iat"] = now + 3600), "not valid yet");
        await RefusedAsync(_issuer.Token(claims: c => c.Remove("exp")), "no end");
        await RefusedAsync(_issuer.Token(claims: c => c["exp"] = "tomorrow"), "no number");
        await RefusedAsync(_issuer.Token(claims: c => c["exp"] = true), "no number");
    }

    [Test]
    public async Task Headers_that_name_or_bring_a_key_are_refused_and_nobody_is_asked_for_it()
    {
        using var attackers = RSA.Create(2048);
        var key = attackers.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) };
        foreach (var (name, value) in new (string, JsonNode)[] { ("jku", "https://evil.example.net/keys"), ("x5u", "https://evil.example.net/cert"), ("jwk", jwk), ("x5c", new JsonArray("MII")), ("crit", new JsonArray("exp")) })
        {
            var header = new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa", [name] = value.DeepClone() };
            var signed = $"{Issuer.Encode(header.ToJsonString())}.{Issuer.Encode(Issuer.Claims().ToJsonString())}";
            await RefusedAsync($"{signed}.{Base64Url.EncodeToString(Issuer.Signature(Encoding.ASCII.GetBytes(signed), "RS256", attackers))}", $"'{name}'");
            await RefusedAsync(_issuer.Token(header: h => h[name] = value.DeepClone()), $"'{name}'");
        }
    }

    [TestCase("https://evil.example.net/keys")]
    [TestCase("../../../../etc/passwd")]
    [TestCase("' OR 1=1 --")]
    public async Task A_key_id_is_a_name_and_nothing_else(string kid) => await RefusedAsync(_issuer.Token(header: h => h["kid"] = kid), "key that the issuer does not have");

    [Test]
    public async Task A_claim_or_header_given_twice_is_refused()
    {
        var claims = Issuer.Claims().ToJsonString();
        await RefusedAsync(_issuer.Sign("""{"alg":"RS256","kid":"rsa"}""", claims[..^1] + ""","sub":"root"}""", "RS256", "rsa"), "twice");
        await RefusedAsync(_issuer.Sign("""{"alg":"RS256","kid":"rsa"}""", claims[..^1] + ""","act":{"sub":"a","sub":"b"}}""", "RS256", "rsa"), "twice");
        await RefusedAsync(_issuer.Sign("""{"alg":"RS256","kid":"rsa","alg":"none"}""", claims, "RS256", "rsa"), "twice");
    }

    [Test]
    public async Task A_key_is_good_for_its_own_algorithm_only()
    {
        // The curve's key under the other curve's name, and RSA's under a curve's.
        foreach (var (alg, kid) in new[] { ("ES256", "p384"), ("ES384", "p256"), ("ES256", "rsa"), ("RS256", "p256") })
        {
            var header = $$"""{"alg":"{{alg}}","kid":"{{kid}}"}""";
            var signed = $"{Issuer.Encode(header)}.{Issuer.Encode(Issuer.Claims().ToJsonString())}";
            await RefusedAsync($"{signed}.{Base64Url.EncodeToString(new byte[64])}", "key that the issuer does not have");
        }
    }

    [Test]
    public async Task Another_issuers_token_is_refused_and_its_keys_are_not_asked_for()
    {
        await RefusedAsync(_issuer.Token(claims: c => c["iss"] = "https://evil.example.net"), "another issuer");
        await RefusedAsync(_issuer.Token(claims: c => c["iss"] = Issuer.Url + "/"), "another issuer");
        await RefusedAsync(_issuer.Token(claims: c => c["iss"] = new JsonArray(Issuer.Url)), "another issuer");
        _issuer.Asked.Should().BeEmpty();
    }

    [Test]
    public async Task After_a_change_of_issuer_the_old_ones_keys_are_good_for_nothing()
    {
        await AcceptedAsync(_issuer.Token());
        const string other = Issuer.Url + "/other";

        var finding = await LookAsync(_issuer.Token(claims: c => c["iss"] = other), Auth with { Issuer = other });

        finding.Reason.Should().Be(AccessReasons.IssuerUnavailable, "the other issuer does not answer, and the first one's keys do not count for it");
    }

    [Test]
    public async Task What_is_no_token_is_refused()
    {
        foreach (var text in new[] { "", ".", "..", "a.b", "a.b.c", "a.b.c.d", "abc", new string('a', 20_000), _issuer.Token() + ".x", " " + _issuer.Token(), $"{Issuer.Encode("[]")}.{Issuer.Encode("{}")}.x", $"{Issuer.Encode("{\"alg\":1}")}.{Issuer.Encode("{}")}.x" })
        {
            (await LookAsync(text)).Reason.Should().Be(AccessReasons.TokenInvalid, text.Length > 100 ? "it is too long" : text);
        }

        await RefusedAsync(_issuer.Token(header: h => h["typ"] = "logout+jwt"), "type");
        await AcceptedAsync(_issuer.Token(header: h => h.Remove("typ")));
    }

    [Test]
    public async Task Keys_are_read_once_and_again_when_an_unknown_one_is_named_but_not_for_every_token()
    {
        for (var i = 0; i < 5; i++)
        {
            await AcceptedAsync(_issuer.Token());
        }

        _issuer.Asked.Should().HaveCount(2, "metadata and keys");
        _issuer.Rotate("rsa", "rsa2");
        await RefusedAsync(_issuer.Token(kid: "rsa2"), "key that the issuer does not have");
        _clock.Advance(TimeSpan.FromSeconds(11));
        await AcceptedAsync(_issuer.Token(kid: "rsa2"));
        _issuer.Asked.Should().HaveCount(4);

        for (var i = 0; i < 100; i++)
        {
            await RefusedAsync(_issuer.Token(kid: "rsa2", header: h => h["kid"] = $"made-up-{i}"), "key that the issuer does not have");
        }

        _issuer.Asked.Should().HaveCount(4, "names that somebody makes up are no reason to ask");
    }

    [Test]
    public async Task A_good_token_is_looked_at_once_and_counts_no_longer_than_it_would_have()
    {
        var token = _issuer.Token(claims: c => c["exp"] = Issuer.Now.ToUnixTimeSeconds() + 3600);
        var caller = (await LookAsync(token)).Caller!;
        (await LookAsync(token)).Caller.Should().BeSameAs(caller, "nothing is worked out again");
        var broken = token[..^4] + (token[^4] == 'A' ? 'B' : 'A') + token[^3..];
        await RefusedAsync(broken, "signature is wrong");

        await RefusedAsync(token, "not for this server", Auth with { Audience = "https://other.example.com/mcp" });
        await RefusedAsync(token, "another issuer", Auth with { Issuer = "https://issuer.example.com/realms/other" });
        (await LookAsync(token, Auth with { Claims = Auth.Claims with { User = "azp" } })).Caller!.User.Should().NotBe(caller.User, "other claims say who it is");
        await AcceptedAsync(token);

        _clock.Advance(TimeSpan.FromSeconds(3600 + TokenValidator.Leeway - 1));
        await AcceptedAsync(token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(token, "expired");
    }

    [Test]
    public async Task A_known_token_is_good_for_nothing_once_its_key_is_taken_back()
    {
        var token = _issuer.Token(claims: c => c["exp"] = Issuer.Now.ToUnixTimeSeconds() + 36000);
        await AcceptedAsync(token);
        await AcceptedAsync(token);
        _issuer.Rotate("rsa", "rsa2");
        _clock.Advance(TimeSpan.FromMinutes(6));
        await AcceptedAsync(token); // and begins to read the keys again

        await Eventually.Becomes(() => LookAsync(token), finding => finding.Reason == AccessReasons.TokenInvalid, "the issuer has no such key any more");
    }

    [Test]
    public async Task While_the_issuer_is_away_the_keys_known_so_far_stay_good()
    {
        await AcceptedAsync(_issuer.Token());
        _issuer.IsDown = true;
        for (var hour = 1; hour <= 3; hour++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
            await AcceptedAsync(_issuer.Token(claims: c => c["exp"] = Issuer.Now.ToUnixTimeSeconds() + 36000));
        }

        await Eventually.Holds(() => _validator.IssuerProblem is not null);
    }

    [Test]
    public async Task Without_any_keys_nobody_gets_in_until_the_issuer_is_back()
    {
        _issuer.IsDown = true;
        (await LookAsync(_issuer.Token())).Reason.Should().Be(AccessReasons.IssuerUnavailable);
        _issuer.IsDown = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        await AcceptedAsync(_issuer.Token());
    }

    [Test]
    public async Task A_huge_or_broken_key_set_is_not_taken()
    {
        var keys = _issuer.Jwks["keys"]!.AsArray();
        foreach (var text in new[]
        {
            "{\"keys\":[" + new string(' ', 300_000) + "]}",
            new JsonObject { ["keys"] = new JsonArray([.. Enumerable.Range(0, 65).Select(_ => keys[0]!.DeepClone())]) }.ToJsonString(),
            "{\"keys\":{}}", "[]", "nonsense", new string('[', 5000),
        })
        {
            _issuer.KeysText = text;
            (await LookAsync(_issuer.Token())).Reason.Should().Be(AccessReasons.IssuerUnavailable);
            _clock.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Test]
    public async Task Keys_that_are_weak_or_for_something_else_are_passed_over()
    {
        using var weak = RSA.Create(1024);
        var w = weak.ExportParameters(false);
        JsonObject Changed(Action<JsonObject> change)
        {
            var key = _issuer.Jwks["keys"]![0]!.DeepClone().AsObject();
            change(key);
            return key;
        }

        foreach (var key in new[]
        {
            Changed(k => k["use"] = "enc"), Changed(k => k["key_ops"] = new JsonArray("sign")), Changed(k => k["alg"] = "HS256"), Changed(k => k["alg"] = "PS256"), Changed(k => k["kty"] = "oct"),
            Changed(k => (k["n"], k["e"]) = (Base64Url.EncodeToString(w.Modulus), Base64Url.EncodeToString(w.Exponent))), Changed(k => k["n"] = "!"),
            Changed(k => k["n"] = Base64Url.EncodeToString(new byte[20_000])),
        })
        {
            _issuer.KeysText = new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString();
            await RefusedAsync(_issuer.Token(), "key that the issuer does not have");
            _clock.Advance(TimeSpan.FromSeconds(11));
        }
    }

    [Test]
    public async Task Metadata_that_leads_elsewhere_is_not_followed()
    {
        _issuer.JwksUri = "https://evil.example.net/keys";
        (await LookAsync(_issuer.Token())).Reason.Should().Be(AccessReasons.IssuerUnavailable);
        _validator.IssuerProblem.Should().NotBeNull();
        _clock.Advance(TimeSpan.FromSeconds(2));

        (_issuer.JwksUri, _issuer.Says) = (Issuer.Url + "/keys", "https://evil.example.net");
        (await LookAsync(_issuer.Token())).Reason.Should().Be(AccessReasons.IssuerUnavailable);
    }

    [Test]
    public async Task Without_an_issuer_or_an_address_of_its_own_a_server_accepts_no_token()
    {
        foreach (var auth in new[] { Auth with { Issuer = null }, Auth with { ResourceUrl = null } })
        {
            var finding = await LookAsync(_issuer.Token(), auth);
            finding.Reason.Should().Be(AccessReasons.IssuerUnavailable);
            finding.Message.Should().Contain("spec.auth.");
        }
    }
}
