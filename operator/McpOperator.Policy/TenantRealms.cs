using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>Which realm of Keycloak a tenant has.</summary>
public static class TenantRealms
{
    /// <summary>The tenant's realm; nothing when Keycloak is not in use, or when the configuration gives the tenant none.</summary>
    public static string? Of(string tenant, KeycloakSettings settings) =>
        settings.Url is null ? null : settings.RealmByTenant.GetValueOrDefault(tenant) ?? settings.Realm;

    /// <summary>All realms.</summary>
    public static IReadOnlyList<string> All(KeycloakSettings settings) =>
        settings.Url is null ? [] : [.. settings.RealmByTenant.Values.Append(settings.Realm).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    /// <summary>
    /// Whether a server's tools have scopes in the tenant's realm: not where the server takes tokens of an issuer of its own choice, who
    /// knows nothing of them.
    /// </summary>
    public static bool HasScopes(MCPServerSpec spec, string tenant, OperatorConfiguration configuration) =>
        Of(tenant, configuration.Keycloak) is not null
        && (spec.Auth?.Issuer is not { } own || own == configuration.Auth.Issuer || own == IssuerOf(tenant, configuration.Keycloak));

    /// <summary>The issuer of a tenant's tokens, if the configuration says under which address Keycloak issues them.</summary>
    public static string? IssuerOf(string tenant, KeycloakSettings settings) =>
        settings.IssuerUrl is { } root && Of(tenant, settings) is { } realm ? $"{root.TrimEnd('/')}/realms/{Uri.EscapeDataString(realm)}" : null;
}
