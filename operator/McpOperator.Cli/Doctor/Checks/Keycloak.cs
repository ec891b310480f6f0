using System.Runtime.CompilerServices;
using McpOperator.Api.Configuration;
using McpOperator.Keycloak.Admin;
using McpOperator.Reconcilers.Realms;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether Keycloak's realms let the operator work in them, asked from where the command runs.</summary>
internal sealed class Keycloak : ICheck
{
    public string Name => "keycloak";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [EnumeratorCancellation] CancellationToken ct)
    {
        var settings = patient.Configuration.Keycloak;
        if (settings.Url is null)
        {
            yield return Finding.Ok("No Keycloak is configured: tools get no scopes.");
            yield break;
        }

        using var connections = new RealmConnections(patient.Client, patient.Time);
        var configuration = patient.Configuration with { Network = patient.Configuration.Network with { OperatorNamespace = patient.Namespace } };
        foreach (var realm in settings.RealmByTenant.Values.Append(settings.Realm).OfType<string>().Distinct().Order(StringComparer.Ordinal))
        {
            yield return await AskAsync(connections, realm, configuration, ct);
        }
    }

    private static async Task<Finding> AskAsync(RealmConnections connections, string realm, OperatorConfiguration configuration, CancellationToken ct)
    {
        try
        {
            var scopes = await (await connections.OpenAsync(realm, configuration, ct)).ListScopesAsync(ct);
            return Finding.Ok($"Realm {realm} shows its {scopes.Count} client scopes.");
        }
        catch (KeycloakException e) when (e.Failure == KeycloakFailure.Unreachable)
        {
            return Finding.Warning(
                $"Keycloak does not answer from here for realm {realm}: {e.Message}",
                "If it does not from the operator's pods either, tools get no scopes: look at keycloak.url, keycloak.certificateAuthorities and NetworkPolicy mcp-operator (networkPolicy.extraEgress).");
        }
        catch (KeycloakException e)
        {
            return Finding.Problem(
                $"Realm {realm}: {e.Message}",
                e.Failure == KeycloakFailure.RealmMissing ? "Make the realm in Keycloak, or correct keycloak.realm and keycloak.realmByTenant." : "The Secret that keycloak.login names needs a client with the role manage-clients of realm-management (docs/keycloak.md).");
        }
    }
}
