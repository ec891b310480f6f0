namespace McpOperator.Api;

/// <summary>What keeps our objects from going before something is cleaned up.</summary>
public static class Finalizers
{
    /// <summary>On an <c>MCPServer</c> while it has scopes in Keycloak.</summary>
    public const string KeycloakScopes = "mcpoperator.io/keycloak-scopes";
}
