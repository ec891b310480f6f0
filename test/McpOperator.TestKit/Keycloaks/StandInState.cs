using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>What a Keycloak would have in its database.</summary>
internal sealed class StandInState
{
    public StandInState() => Realms["master"] = new StandInRealm("master");

    public Dictionary<string, StandInRealm> Realms { get; } = [];
}

/// <summary>One realm.</summary>
internal sealed class StandInRealm
{
    private static readonly (string Name, string Protocol, string InToken, bool? IsDefault)[] BuiltIn =
    [
        ("profile", "openid-connect", "true", true), ("email", "openid-connect", "true", true), ("roles", "openid-connect", "false", true),
        ("web-origins", "openid-connect", "false", true), ("acr", "openid-connect", "false", true), ("basic", "openid-connect", "false", true),
        ("address", "openid-connect", "true", false), ("phone", "openid-connect", "true", false), ("offline_access", "openid-connect", "true", false),
        ("microprofile-jwt", "openid-connect", "false", false), ("organization", "openid-connect", "true", false), ("service_account", "openid-connect", "false", null),
        ("role_list", "saml", "true", true),
    ];

    public StandInRealm(string name)
    {
        Name = name;
        foreach (var (scope, protocol, inToken, isDefault) in BuiltIn)
        {
            var id = NewId();
            Scopes[id] = new JsonObject
            {
                ["id"] = id,
                ["name"] = scope,
                ["protocol"] = protocol,
                ["attributes"] = new JsonObject { ["include.in.token.scope"] = inToken },
                ["protocolMappers"] = new JsonArray(),
            };
            if (isDefault is { } category)
            {
                (category ? DefaultScopes : OptionalScopes).Add(id);
            }
        }

        foreach (var clientId in new[] { "account", "admin-cli", "broker", "realm-management", "security-admin-console" })
        {
            AddClient(new JsonObject { ["clientId"] = clientId, ["publicClient"] = clientId is not ("broker" or "realm-management"), ["directAccessGrantsEnabled"] = clientId == "admin-cli" });
        }
    }

    public string Name { get; }

    public Dictionary<string, JsonObject> Scopes { get; } = [];

    public Dictionary<string, StandInClient> Clients { get; } = [];

    /// <summary>Ids of scopes that new clients have; one is in one of the two at most.</summary>
    public List<string> DefaultScopes { get; } = [];

    /// <summary>Ids of scopes that new clients may ask for.</summary>
    public List<string> OptionalScopes { get; } = [];

    public RSA Key { get; } = RSA.Create(2048);

    public string KeyId { get; } = NewId();

    /// <summary>Codes that wait to be redeemed.</summary>
    public Dictionary<string, StandInCode> Codes { get; } = [];

    /// <summary>Logins that a refresh token stands for.</summary>
    public Dictionary<string, StandInLogin> Logins { get; } = [];

    public static string NewId() => Guid.NewGuid().ToString();

    public JsonObject? ScopeNamed(string name) => Scopes.Values.FirstOrDefault(s => (string?)s["name"] == name);

    public StandInClient? ClientNamed(string clientId) => Clients.Values.FirstOrDefault(c => c.ClientId == clientId);

    /// <summary>
    /// Keycloak's <c>RepresentationToModel.createClient</c>: without any list of scopes a client has the realm's; with one of the two it
    /// has just what they say, and names that the realm does not know are passed over.
    /// </summary>
    public StandInClient AddClient(JsonObject given)
    {
        var client = new StandInClient(NewId(), (string)given["clientId"]!);
        if (given["defaultClientScopes"] is null && given["optionalClientScopes"] is null)
        {
            client.Default.AddRange(DefaultScopes.Where(IsOidc));
            client.Optional.AddRange(OptionalScopes.Where(IsOidc));
        }

        client.Default.AddRange(Known(given["defaultClientScopes"]));
        client.Optional.AddRange(Known(given["optionalClientScopes"]).Except(client.Default));
        client.Set(given);
        if (!client.IsPublic && client.Secret is null)
        {
            client.Secret = StandInClient.NewSecret();
        }

        if (client.HasServiceAccount)
        {
            GiveServiceAccount(client);
        }

        return Clients[client.Id] = client;
    }

    /// <summary>Keycloak's <c>ClientManager.enableServiceAccount</c>: it comes with a scope.</summary>
    public void GiveServiceAccount(StandInClient client)
    {
        if (ScopeNamed("service_account") is { } scope && !client.Default.Contains((string)scope["id"]!))
        {
            client.Default.Add((string)scope["id"]!);
        }
    }

    private bool IsOidc(string id) => (string?)Scopes[id]["protocol"] == "openid-connect";

    private List<string> Known(JsonNode? names) => [.. (names?.AsArray() ?? []).Select(n => ScopeNamed((string)n!)).OfType<JsonObject>().Select(s => (string)s["id"]!)];
}

/// <summary>One client.</summary>
internal sealed class StandInClient(string id, string clientId)
{
    private static readonly Dictionary<string, JsonNode> Usual = new()
    {
        ["enabled"] = true,
        ["protocol"] = "openid-connect",
        ["publicClient"] = false,
        ["clientAuthenticatorType"] = "client-secret",
        ["standardFlowEnabled"] = true,
        ["implicitFlowEnabled"] = false,
        ["directAccessGrantsEnabled"] = false,
        ["serviceAccountsEnabled"] = false,
        ["fullScopeAllowed"] = true,
        ["consentRequired"] = false,
    };

    private readonly JsonObject _fields = new(Usual.Select(u => KeyValuePair.Create(u.Key, (JsonNode?)u.Value.DeepClone()))) { ["redirectUris"] = new JsonArray(), ["webOrigins"] = new JsonArray(), ["attributes"] = new JsonObject() };

    public string Id => id;

    public string ClientId { get; private set; } = clientId;

    public string? Secret { get; set; }

    public List<string> Default { get; } = [];

    public List<string> Optional { get; } = [];

    /// <summary>Roles of <c>realm-management</c> that the service account has.</summary>
    public HashSet<string> Roles { get; } = [];

    public bool IsPublic => Is("publicClient");

    public bool HasServiceAccount => Is("serviceAccountsEnabled");

    public bool IsEnabled => Is("enabled");

    public IReadOnlyList<string> RedirectUris => [.. _fields["redirectUris"]!.AsArray().Select(u => (string)u!)];

    public static string NewSecret() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 32);

    public bool Is(string field) => (bool?)_fields[field] == true;

    public string? Attribute(string name) => (string?)_fields["attributes"]![name];

    /// <summary>What is absent stays; attributes are added one by one, and an empty one is removed. Scopes are not read here.</summary>
    public void Set(JsonObject given)
    {
        foreach (var (name, value) in given.Where(f => f.Value is not null && f.Key is not ("id" or "defaultClientScopes" or "optionalClientScopes" or "attributes" or "secret" or "clientId")))
        {
            _fields[name] = value!.DeepClone();
        }

        ClientId = (string?)given["clientId"] ?? ClientId;
        Secret = (string?)given["secret"] ?? Secret;
        foreach (var (name, value) in given["attributes"]?.AsObject() ?? [])
        {
            if (string.IsNullOrEmpty((string?)value))
            {
                _fields["attributes"]!.AsObject().Remove(name);
            }
            else
            {
                _fields["attributes"]![name] = value!.DeepClone();
            }
        }
    }

    public JsonObject Show(StandInRealm realm)
    {
        var shown = _fields.DeepClone().AsObject();
        shown["id"] = Id;
        shown["clientId"] = ClientId;
        if (Secret is not null && !IsPublic)
        {
            shown["secret"] = Secret;
        }

        shown["defaultClientScopes"] = Names(Default);
        shown["optionalClientScopes"] = Names(Optional);
        return shown;

        JsonArray Names(List<string> ids) => [.. ids.Select(i => (JsonNode?)(string)realm.Scopes[i]["name"]!)];
    }
}

/// <summary>An authorization code.</summary>
internal sealed record StandInCode(string ClientId, string User, string RedirectUri, string Scope, string? Challenge);

/// <summary>A login that goes on.</summary>
internal sealed record StandInLogin(string ClientId, string User, string Scope);
