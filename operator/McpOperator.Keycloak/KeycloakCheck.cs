using System.Security.Cryptography.X509Certificates;
using McpOperator.Api.Configuration;
using McpOperator.Policy;

namespace McpOperator.Keycloak;

/// <summary>What is wrong with the settings that a type cannot say.</summary>
public static class KeycloakCheck
{
    private static readonly string[] Reserved = ["master"];

    /// <summary>Every fault, with its field and the fix.</summary>
    public static IEnumerable<(string Field, string Message)> Check(KeycloakSettings settings)
    {
        foreach (var (field, text) in new[] { ("url", settings.Url), ("issuerUrl", settings.IssuerUrl) })
        {
            if (text is not null && !(Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https" or "http", UserInfo: "", Query: "", Fragment: "" }))
            {
                yield return (field, $"'{text}' is no address; write one such as https://keycloak.example.com, without credentials, query and fragment.");
            }
        }

        if (settings is { Insecure: false, Url: { } plain } && plain.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            yield return ("url", "is http, and the operator's own secret would be sent in the clear; use https (keycloak.certificateAuthorities takes a private authority), or set keycloak.insecure.");
        }

        if (settings.Url is not null && settings.Realm is null && settings.RealmByTenant.Count == 0)
        {
            yield return ("realm", "no tenant has a realm; name one for all, or some in keycloak.realmByTenant.");
        }

        // The account that works there could make itself administrator of every realm.
        foreach (var (field, realm) in settings.RealmByTenant.Select(r => ($"realmByTenant[{r.Key}]", r.Value)).Prepend(("realm", settings.Realm ?? "")))
        {
            if (Reserved.Contains(realm))
            {
                yield return (field, $"'{realm}' is the realm of Keycloak's own administrators; make another one for agents.");
            }
        }

        foreach (var (field, value) in new[] { ("timeoutSeconds", settings.TimeoutSeconds), ("resyncSeconds", settings.ResyncSeconds), ("deletionPatienceSeconds", settings.DeletionPatienceSeconds) })
        {
            if (value is < 1 or > 86400)
            {
                yield return (field, $"{value} is out of range; write 1 to 86400.");
            }
        }

        if (Authorities(settings, out var problem) is null && problem is not null)
        {
            yield return ("certificateAuthorities", problem);
        }
    }

    /// <summary>The authorities that the settings name.</summary>
    /// <returns>Nothing when they name none, or when the text is broken; then <paramref name="problem"/> says so.</returns>
    public static X509Certificate2Collection? Authorities(KeycloakSettings settings, out string? problem)
    {
        problem = null;
        return settings.CertificateAuthorities is { } pem ? PemCertificates.Read(pem, out problem) : null;
    }
}
