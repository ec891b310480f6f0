namespace McpOperator.Api;

/// <summary>HTTP headers of our own.</summary>
public static class Headers
{
    /// <summary>In a request: the name of the <c>MCPAgentSession</c> under which an agent acts. It counts only together with the token's subject.</summary>
    public const string AgentSession = "Mcp-Agent-Session";
}
