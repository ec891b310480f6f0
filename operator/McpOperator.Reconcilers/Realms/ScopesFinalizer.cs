using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.Realms;

/// <summary>
/// Has a server wait, when it is deleted, until its scopes are gone from Keycloak. It stands on a server only while that has scopes, and
/// before it gets the first.
/// </summary>
[EntityRbac(typeof(MCPServer), Verbs = RbacVerb.Patch)]
internal sealed class ScopesFinalizer(IKubernetesClient client)
{
    /// <summary>Whether a server waits.</summary>
    public static bool IsOn(MCPServer server) => server.Metadata.Finalizers?.Contains(Finalizers.KeycloakScopes) == true;

    /// <summary>Has a server wait.</summary>
    /// <returns>Whether it does; somebody else may have changed it at the same time.</returns>
    public Task<bool> PutAsync(MCPServer server, CancellationToken ct) =>
        IsOn(server) ? Task.FromResult(true) : WriteAsync(server, [.. server.Metadata.Finalizers ?? [], Finalizers.KeycloakScopes], ct);

    /// <summary>Lets a server go.</summary>
    /// <returns>Whether it was let go; somebody else may have changed it at the same time.</returns>
    public Task<bool> RemoveAsync(MCPServer server, CancellationToken ct) =>
        WriteAsync(server, [.. (server.Metadata.Finalizers ?? []).Where(f => f != Finalizers.KeycloakScopes)], ct);

    private async Task<bool> WriteAsync(MCPServer server, IReadOnlyList<string> finalizers, CancellationToken ct)
    {
        var patch = V1Patch.Json(KubernetesJson.SerializeToUtf8Bytes(new JsonArray(
            // Of what was read only: a finalizer that somebody else set in between must not be lost.
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = server.Metadata.ResourceVersion },
            new JsonObject { ["op"] = "add", ["path"] = "/metadata/finalizers", ["value"] = new JsonArray([.. finalizers.Select(f => (JsonNode?)f)]) })));
        try
        {
            await client.PatchAsync(ResourceType.Of<MCPServer>(), server.Metadata.NamespaceProperty, server.Metadata.Name, patch, ct: ct);
            return true;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsNotFound || e.IsInvalid)
        {
            // The newer state, or its absence, is on its way, and wakes the realm.
            return false;
        }
    }
}
