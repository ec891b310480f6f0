namespace McpOperator.Api;

/// <summary>What we write into Keycloak's objects, by which we know them again.</summary>
public static class KeycloakAttributes
{
    /// <summary>On our scopes and clients: which cluster's operator made them. What lacks it, or has another value, is not ours.</summary>
    public const string Owner = "mcpoperator.owner";

    /// <summary>On a scope: the <c>namespace/name</c> of its server.</summary>
    public const string Server = "mcpoperator.server";

    /// <summary>On a client: the <c>namespace/name</c> of its grant.</summary>
    public const string Grant = "mcpoperator.grant";

    /// <summary>On a client: the value of the grant's annotation <see cref="Annotations.RotateSecret"/> that was last obeyed.</summary>
    public const string Rotation = "mcpoperator.rotation";

    /// <summary>The name of the mapper in each of our scopes that puts the server's address into the token's audience.</summary>
    public const string AudienceMapper = "mcp-server-audience";
}
