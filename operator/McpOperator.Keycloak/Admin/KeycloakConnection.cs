using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace McpOperator.Keycloak.Admin;

/// <summary>Where a realm is administered, and as whom.</summary>
public sealed record KeycloakConnection
{
    /// <summary>Keycloak's address, with its path if it is served under one. Not the issuer: inside a cluster the two differ.</summary>
    public required Uri Url { get; init; }

    /// <summary>The realm.</summary>
    public required string Realm { get; init; }

    /// <summary>
    /// As whom. The least that suffices is a confidential client of the realm itself whose service account has the one role
    /// <c>realm-management/manage-clients</c>.
    /// </summary>
    public required KeycloakLogin Login { get; init; }

    /// <summary>The only authorities whose certificates count; nothing: those of the system.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>How long one request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is sent again when Keycloak does not answer or fails.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>How many requests are under way at once.</summary>
    public int Parallelism { get; init; } = 8;
}

/// <summary>Credentials for the admin API. Their text shows no secret.</summary>
public sealed class KeycloakLogin
{
    private const string AdminClient = "admin-cli";

    private readonly IReadOnlyDictionary<string, string> _form;

    private KeycloakLogin(string realm, IReadOnlyDictionary<string, string> form) => (Realm, _form) = (realm, form);

    /// <summary>The realm that knows the account.</summary>
    public string Realm { get; }

    /// <summary>A confidential client with a service account (RFC 6749, 4.4).</summary>
    public static KeycloakLogin Client(string realm, string clientId, string secret) => new(realm, new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials",
        ["client_id"] = clientId,
        ["client_secret"] = secret,
    });

    /// <summary>An administrator with a password, through Keycloak's own client <c>admin-cli</c>.</summary>
    public static KeycloakLogin Password(string realm, string user, string password) => new(realm, new Dictionary<string, string>
    {
        ["grant_type"] = "password",
        ["client_id"] = AdminClient,
        ["username"] = user,
        ["password"] = password,
    });

    /// <summary>
    /// Reads the data of a Secret: <c>client-id</c> and <c>client-secret</c> for a service account, or <c>username</c> and
    /// <c>password</c> for an administrator.
    /// </summary>
    /// <exception cref="FormatException">It has neither pair. The message repeats nothing of it.</exception>
    public static KeycloakLogin FromSecret(string realm, IReadOnlyDictionary<string, byte[]>? data)
    {
        string? Text(string key) => data?.GetValueOrDefault(key) is { Length: > 0 } bytes ? Encoding.UTF8.GetString(bytes).Trim() : null;

        return (Text("client-id"), Text("client-secret"), Text("username"), Text("password")) switch
        {
            ({ } id, { } secret, _, _) => Client(realm, id, secret),
            (_, _, { } user, { } password) => Password(realm, user, password),
            _ => throw new FormatException("it needs the keys client-id and client-secret (a service account), or username and password (an administrator)"),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_form["client_id"]} in realm {Realm}";

    /// <summary>The form that the token endpoint takes.</summary>
    internal IReadOnlyDictionary<string, string> Form => _form;

    /// <summary>Tells logins apart without showing them.</summary>
    public string Fingerprint => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Concat(_form.Values.Append(Realm).Select(v => $"{v.Length}:{v}")))));
}
