using McpOperator.Api.Configuration;

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

    /// <summary>The issuer of a tenant's tokens, if the configuration says under which address Keycloak issues them.</summary>
    public static string? IssuerOf(string tenant, KeycloakSettings settings) =>
        settings.IssuerUrl is { } root && Of(tenant, settings) is { } realm ? $"{root.TrimEnd('/')}/realms/{Uri.EscapeDataString(realm)}" : null;
}
