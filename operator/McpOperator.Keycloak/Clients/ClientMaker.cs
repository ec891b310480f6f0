using McpOperator.Api;
using McpOperator.Keycloak.Admin;

namespace McpOperator.Keycloak.Clients;

/// <summary>A grant → the client as Keycloak should have it. Pure.</summary>
internal static class ClientMaker
{
    private const int LongestDescription = 255;

    /// <summary>
    /// A client with just the flow that it needs: the code flow with PKCE (S256, RFC 7636; always, as OAuth 2.1 wants it) and the user's
    /// consent when it has addresses to come back to, else client credentials. Never the implicit and the password flow.
    /// </summary>
    public static Client Make(string owner, GrantClient grant)
    {
        var forUsers = grant.RedirectUris.Count > 0;
        return new Client
        {
            ClientId = grant.ClientId,
            Name = grant.ClientId,
            Description = Cut($"MCP access grant {grant.Grant}, for the server {grant.Server}"),
            Enabled = grant.Enabled,
            Protocol = "openid-connect",
            PublicClient = !grant.Confidential,
            ClientAuthenticatorType = "client-secret",
            StandardFlowEnabled = forUsers,
            ImplicitFlowEnabled = false,
            DirectAccessGrantsEnabled = false,
            ServiceAccountsEnabled = grant.Confidential && !forUsers,
            FullScopeAllowed = false,
            ConsentRequired = forUsers,
            RedirectUris = grant.RedirectUris,
            WebOrigins = [],
            Attributes = AttributesOf(owner, grant),
        };
    }

    private static Dictionary<string, string> AttributesOf(string owner, GrantClient grant)
    {
        var attributes = new Dictionary<string, string>
        {
            ["pkce.code.challenge.method"] = "S256",
            ["oauth2.device.authorization.grant.enabled"] = "false",
            ["oidc.ciba.grant.enabled"] = "false",
            [KeycloakAttributes.Owner] = owner,
            [KeycloakAttributes.Grant] = grant.Grant,
        };
        if (grant.Rotation is { Length: > 0 } rotation)
        {
            attributes[KeycloakAttributes.Rotation] = rotation;
        }

        return attributes;
    }

    private static string Cut(string text) => text.Length <= LongestDescription ? text : text[..(LongestDescription - 1)] + "…";
}
