namespace McpOperator.Api;

/// <summary>HTTP headers of our own.</summary>
public static class Headers
{
    /// <summary>In a request: the name of the <c>MCPAgentSession</c> under which an agent acts. It counts only together with the token's subject.</summary>
    public const string AgentSession = "Mcp-Agent-Session";

    /// <summary>Between the pods of one server: the request has already been passed on once, and must not be again.</summary>
    public const string PodHop = "Mcp-Pod-Hop";
}
