using System.Collections.Concurrent;
using McpOperator.Api.Configuration;
using McpOperator.Keycloak;
using McpOperator.Keycloak.Admin;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.Realms;

/// <summary>Connections to realms, kept with their logins until the settings or the Secret change.</summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Get, Scope = RbacScope.Own)]
public sealed class RealmConnections(IKubernetesClient client, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    private sealed record Kept(KeycloakSettings Settings, string Login, KeycloakRealm Realm);

    /// <summary>The connection to a realm. One realm is asked for by one caller at a time.</summary>
    /// <exception cref="KeycloakException">There are no credentials, or none that can be used.</exception>
    public async Task<KeycloakRealm> OpenAsync(string realm, OperatorConfiguration configuration, CancellationToken ct)
    {
        var settings = configuration.Keycloak;
        var login = await LoginAsync(realm, settings.LoginByRealm.GetValueOrDefault(realm) ?? settings.Login, configuration.Network.OperatorNamespace, ct);
        if (_kept.TryGetValue(realm, out var kept))
        {
            if (kept.Settings == settings && kept.Login == login.Fingerprint)
            {
                return kept.Realm;
            }

            kept.Realm.Dispose();
        }

        var opened = new KeycloakRealm(
            new()
            {
                Url = new Uri(settings.Url!),
                Realm = realm,
                Login = login,
                Authorities = KeycloakCheck.Authorities(settings, out _),
                RequestTimeout = TimeSpan.FromSeconds(settings.TimeoutSeconds),
            },
            time);
        _kept[realm] = new(settings, login.Fingerprint, opened);
        return opened;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var kept in _kept.Values)
        {
            kept.Realm.Dispose();
        }
    }

    private async Task<KeycloakLogin> LoginAsync(string realm, KeycloakLoginSettings settings, string ns, CancellationToken ct)
    {
        var secret = await client.GetAsync<V1Secret>(settings.SecretName, ns, ct)
            ?? throw new KeycloakException(KeycloakFailure.Unauthorized, $"there is no Secret '{settings.SecretName}' in namespace '{ns}' with the operator's credentials for the realm '{realm}'; create it (docs/keycloak.md).");
        try
        {
            return KeycloakLogin.FromSecret(settings.Realm ?? realm, secret.Data);
        }
        catch (FormatException e)
        {
            throw new KeycloakException(KeycloakFailure.Unauthorized, $"the Secret '{settings.SecretName}' in namespace '{ns}' cannot be used: {e.Message}.");
        }
    }
}
