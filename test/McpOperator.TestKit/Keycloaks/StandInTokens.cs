using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>What somebody may do with a realm's clients and scopes, from little to all.</summary>
internal enum StandInRights
{
    None,

    /// <summary>The role <c>query-clients</c>.</summary>
    Query,

    /// <summary>The role <c>view-clients</c>.</summary>
    View,

    /// <summary>The role <c>manage-clients</c>.</summary>
    Manage,
}

/// <summary>Who calls the admin API.</summary>
internal sealed record StandInCaller(string Realm, string Client, IReadOnlySet<string> Roles, bool IsMaster)
{
    public StandInRights RightsIn(StandInRealm realm) => IsMaster ? StandInRights.Manage
        : Realm != realm.Name ? StandInRights.None
        : Roles.Contains("manage-clients") ? StandInRights.Manage
        : Roles.Contains("view-clients") ? StandInRights.View
        : Roles.Contains("query-clients") ? StandInRights.Query
        : StandInRights.None;
}

/// <summary>The OpenID Connect side of a realm: discovery, keys, codes and tokens.</summary>
internal static class StandInTokens
{
    private const int Lifespan = 300;

    public static StandInAnswer Answer(StandInRealm realm, StandInRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [".well-known", "openid-configuration"]) => StandInAnswer.Ok(Discovery(IssuerOf(realm, request))),
        ("GET", ["protocol", "openid-connect", "certs"]) => StandInAnswer.Ok(new JsonObject { ["keys"] = new JsonArray(Jwk(realm)) }),
        ("GET", ["protocol", "openid-connect", "auth"]) => Authorize(realm, request),
        ("POST", ["protocol", "openid-connect", "token"]) => Token(realm, request),
        _ => StandInAnswer.Error(404, "Unable to find matching target resource method"),
    };

    /// <summary>The caller whose token stands in the request; nothing when it is not good.</summary>
    public static StandInCaller? CallerOf(StandInState state, StandInRequest request)
    {
        var parts = request.Authorization.Replace("Bearer ", "", StringComparison.Ordinal).Split('.');
        if (parts.Length != 3)
        {
            return null;
        }

        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        var issuer = (string)claims["iss"]!;
        return state.Realms.TryGetValue(issuer[(issuer.LastIndexOf('/') + 1)..], out var realm)
            && realm.Key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && (long)claims["exp"]! > DateTimeOffset.UtcNow.ToUnixTimeSeconds()
            ? new StandInCaller(realm.Name, (string)claims["azp"]!, realm.ClientNamed((string)claims["azp"]!)?.Roles ?? [], realm.Name == "master")
            : null;
    }

    private static string IssuerOf(StandInRealm realm, StandInRequest request) => $"{request.Root}/realms/{realm.Name}";

    private static JsonObject Discovery(string issuer) => new()
    {
        ["issuer"] = issuer,
        ["authorization_endpoint"] = $"{issuer}/protocol/openid-connect/auth",
        ["token_endpoint"] = $"{issuer}/protocol/openid-connect/token",
        ["jwks_uri"] = $"{issuer}/protocol/openid-connect/certs",
        ["registration_endpoint"] = $"{issuer}/clients-registrations/openid-connect",
        ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token", "client_credentials", "password"),
        ["response_types_supported"] = new JsonArray("code"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post", "none"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["authorization_response_iss_parameter_supported"] = true,
    };

    private static JsonObject Jwk(StandInRealm realm)
    {
        var key = realm.Key.ExportParameters(false);
        return new()
        {
            ["kid"] = realm.KeyId,
            ["kty"] = "RSA",
            ["alg"] = "RS256",
            ["use"] = "sig",
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
    }

    /// <summary>Whom <c>login_hint</c> names is logged in and consents: there is nobody to fill in a page.</summary>
    private static StandInAnswer Authorize(StandInRealm realm, StandInRequest request)
    {
        var query = request.Query;
        var redirect = query.GetValueOrDefault("redirect_uri") ?? "";
        if (realm.ClientNamed(query.GetValueOrDefault("client_id") ?? "") is not { IsEnabled: true } client || !client.RedirectUris.Any(allowed => Leads(allowed, redirect)))
        {
            return StandInAnswer.Error(400, "invalid_request", "Invalid parameter: redirect_uri");
        }

        var problem = !client.Is("standardFlowEnabled") ? "unauthorized_client"
            : client.Attribute("pkce.code.challenge.method") == "S256" && (query.GetValueOrDefault("code_challenge_method") != "S256" || !query.ContainsKey("code_challenge")) ? "invalid_request"
            : ScopesOf(realm, client, query.GetValueOrDefault("scope") ?? "") is null ? "invalid_scope"
            : null;
        var state = query.GetValueOrDefault("state") is { } given ? $"&state={Uri.EscapeDataString(given)}" : "";
        state += $"&iss={Uri.EscapeDataString(IssuerOf(realm, request))}";
        var join = redirect.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        if (problem is not null)
        {
            return new(302, null, $"{redirect}{join}error={problem}{state}");
        }

        var code = StandInRealm.NewId();
        realm.Codes[code] = new(client.ClientId, query.GetValueOrDefault("login_hint") ?? "somebody", redirect, query.GetValueOrDefault("scope") ?? "", query.GetValueOrDefault("code_challenge"));
        return new(302, null, $"{redirect}{join}code={code}{state}");
    }

    /// <summary>Keycloak lets the port of <c>http://127.0.0.1</c> and <c>http://[::1]</c> vary, as RFC 8252 asks.</summary>
    private static bool Leads(string allowed, string redirect) => allowed == redirect
        || (Uri.TryCreate(allowed, UriKind.Absolute, out var a) && Uri.TryCreate(redirect, UriKind.Absolute, out var r)
            && a.Scheme == "http" && a.Host is "127.0.0.1" or "[::1]" && r.Scheme == "http" && r.Host == a.Host && r.PathAndQuery == a.PathAndQuery);

    private static StandInAnswer Token(StandInRealm realm, StandInRequest request)
    {
        var form = request.Form.ToDictionary(StringComparer.Ordinal);
        if (request.Authorization.StartsWith("Basic ", StringComparison.Ordinal))
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(request.Authorization[6..])).Split(':', 2);
            (form["client_id"], form["client_secret"]) = (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[1]));
        }

        if (realm.ClientNamed(form.GetValueOrDefault("client_id") ?? "") is not { IsEnabled: true } client || (!client.IsPublic && client.Secret != form.GetValueOrDefault("client_secret")))
        {
            return StandInAnswer.Error(401, "invalid_client", "Invalid client or Invalid client credentials");
        }

        switch (form.GetValueOrDefault("grant_type"))
        {
            case "password":
                return realm.Name == "master" && client.Is("directAccessGrantsEnabled") && form.GetValueOrDefault("username") == KeycloakStandIn.Admin && form.GetValueOrDefault("password") == KeycloakStandIn.Admin
                    ? Issue(realm, request, client, "admin", "")
                    : StandInAnswer.Error(401, "invalid_grant", "Invalid user credentials");
            case "client_credentials":
                return client.IsPublic ? StandInAnswer.Error(401, "unauthorized_client", "Public client not allowed to retrieve service account")
                    : !client.HasServiceAccount ? StandInAnswer.Error(401, "unauthorized_client", "Client not enabled to retrieve service account")
                    : Issue(realm, request, client, $"service-account-{client.ClientId}", form.GetValueOrDefault("scope") ?? "");
            case "authorization_code":
                var isGood = realm.Codes.Remove(form.GetValueOrDefault("code") ?? "", out var code) && code.ClientId == client.ClientId && code.RedirectUri == form.GetValueOrDefault("redirect_uri");
                return !isGood ? StandInAnswer.Error(400, "invalid_grant", "Code not valid")
                    : code!.Challenge is { } challenge && ChallengeOf(form.GetValueOrDefault("code_verifier") ?? "") != challenge ? StandInAnswer.Error(400, "invalid_grant", "PKCE verification failed")
                    : Issue(realm, request, client, code.User, code.Scope, refreshes: true);
            case "refresh_token":
                // A further scope is not to be had this way (RFC 6749, 6).
                return realm.Logins.GetValueOrDefault(form.GetValueOrDefault("refresh_token") ?? "") is not { } login || login.ClientId != client.ClientId
                    ? StandInAnswer.Error(400, "invalid_grant", "Invalid refresh token")
                    : Issue(realm, request, client, login.User, login.Scope, refreshes: true);
            default:
                return StandInAnswer.Error(400, "unsupported_grant_type", "Unsupported grant_type");
        }
    }

    private static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>The client's default scopes and the optional ones that were asked for; nothing when one was that it does not have.</summary>
    private static List<JsonObject>? ScopesOf(StandInRealm realm, StandInClient client, string asked)
    {
        var names = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(n => n != "openid").ToHashSet();
        var all = client.Default.Concat(client.Optional).Select(id => (string)realm.Scopes[id]["name"]!).ToHashSet();
        return names.IsSubsetOf(all)
            ? [.. client.Default.Select(id => realm.Scopes[id]), .. client.Optional.Select(id => realm.Scopes[id]).Where(s => names.Contains((string)s["name"]!))]
            : null;
    }

    private static StandInAnswer Issue(StandInRealm realm, StandInRequest request, StandInClient client, string user, string asked, bool refreshes = false)
    {
        if (ScopesOf(realm, client, asked) is not { } scopes)
        {
            return StandInAnswer.Error(400, "invalid_scope", $"Invalid scopes: {asked}");
        }

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var named = scopes.Where(s => (string?)s["attributes"]?["include.in.token.scope"] != "false").Select(s => (string)s["name"]!).ToList();
        var claims = new JsonObject
        {
            ["exp"] = now + Lifespan,
            ["iat"] = now,
            ["jti"] = StandInRealm.NewId(),
            ["iss"] = IssuerOf(realm, request),
            ["typ"] = "Bearer",
            ["azp"] = client.ClientId,
        };
        if (scopes.Any(s => (string?)s["name"] == "basic"))
        {
            claims["sub"] = user;
        }

        if (AudiencesOf(scopes) is { Count: > 0 } audiences)
        {
            claims["aud"] = audiences.Count == 1 ? audiences[0] : new JsonArray([.. audiences.Select(a => (JsonNode?)a)]);
        }

        claims["scope"] = string.Join(' ', named);
        var answer = new JsonObject
        {
            ["access_token"] = Sign(realm, claims),
            ["expires_in"] = Lifespan,
            ["refresh_expires_in"] = refreshes ? Lifespan : 0,
            ["token_type"] = "Bearer",
            ["scope"] = string.Join(' ', named),
        };
        if (refreshes)
        {
            var login = StandInRealm.NewId();
            realm.Logins[login] = new(client.ClientId, user, asked);
            answer["refresh_token"] = login;
        }

        return StandInAnswer.Ok(answer);
    }

    private static List<string> AudiencesOf(List<JsonObject> scopes) => [.. scopes
        .SelectMany(s => s["protocolMappers"]?.AsArray() ?? [])
        .Where(m => (string?)m!["protocolMapper"] == "oidc-audience-mapper" && (string?)m["config"]?["access.token.claim"] == "true")
        .Select(m => (string?)m!["config"]?["included.client.audience"] ?? (string?)m["config"]?["included.custom.audience"])
        .Where(a => !string.IsNullOrEmpty(a)).Select(a => a!).Distinct()];

    private static string Sign(StandInRealm realm, JsonObject claims)
    {
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = realm.KeyId };
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(realm.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        static string Encode(JsonNode json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
