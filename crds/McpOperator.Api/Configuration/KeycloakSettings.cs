namespace McpOperator.Api.Configuration;

/// <summary>The Keycloak in which tools get scopes and grants get clients. Without <see cref="Url"/> nothing is done there.</summary>
public sealed record KeycloakSettings
{
    /// <summary>
    /// Where its admin API is found, with its path if it has one, such as <c>https://keycloak.keycloak.svc:8443</c>. Tokens may name another
    /// address as their issuer: that is <c>auth.issuer</c>, or <see cref="IssuerUrl"/>.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>
    /// The address that tokens name, without <c>/realms/…</c>; with it, servers whose tenant has a realm accept tokens of that realm when
    /// neither they nor <c>auth.issuer</c> say otherwise. Absent: nothing is concluded.
    /// </summary>
    public string? IssuerUrl { get; init; }

    /// <summary>Whether <see cref="Url"/> may be http. What is sent there, the operator's secret included, can be read on the way.</summary>
    public bool Insecure { get; init; }

    /// <summary>PEM certificates of the only authorities from which Keycloak's certificate may come; absent: those of the system.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>The realm of tenants that <see cref="RealmByTenant"/> does not name; absent: those have none, and their tools get no scopes.</summary>
    public string? Realm { get; init; }

    /// <summary>Realms of single tenants, by tenant.</summary>
    public IReadOnlyDictionary<string, string> RealmByTenant { get; init; } = new Dictionary<string, string>();

    /// <summary>As whom the operator works.</summary>
    public KeycloakLoginSettings Login { get; init; } = new();

    /// <summary>As whom in single realms, by realm.</summary>
    public IReadOnlyDictionary<string, KeycloakLoginSettings> LoginByRealm { get; init; } = new Dictionary<string, KeycloakLoginSettings>();

    /// <summary>
    /// Whether clients that register themselves may ask for tools' scopes: these become optional default scopes of the realm, and every
    /// client that is registered from then on has them.
    /// </summary>
    public bool RealmDefaultScopes { get; init; }

    /// <summary>Scopes that every token of grants' clients has, where the realm has them. <c>basic</c> brings the claim <c>sub</c>.</summary>
    public IReadOnlyList<string> ClientScopes { get; init; } = ["basic"];

    /// <summary>Seconds that one request may take.</summary>
    public int TimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds after which a realm is looked at again, though nothing happened: what was changed there by hand comes back then.</summary>
    public int ResyncSeconds { get; init; } = 300;

    /// <summary>Seconds after which a server that is being deleted does not wait for Keycloak any more. Its scopes go when Keycloak is back.</summary>
    public int DeletionPatienceSeconds { get; init; } = 300;
}

/// <summary>As whom the operator works in a realm.</summary>
public sealed record KeycloakLoginSettings
{
    /// <summary>
    /// The Secret with the credentials, in the operator's namespace: <c>client-id</c> and <c>client-secret</c> of a service account with the
    /// role <c>realm-management/manage-clients</c>, or <c>username</c> and <c>password</c> of an administrator.
    /// </summary>
    public string SecretName { get; init; } = "mcp-operator-keycloak";

    /// <summary>The realm that knows the account, such as <c>master</c>; absent: the realm itself.</summary>
    public string? Realm { get; init; }
}
