namespace McpOperator.Api;

/// <summary>Aspects of our objects' state.</summary>
public static class ConditionTypes
{
    /// <summary>MCPServer: the sum of all others; clients can use the server.</summary>
    public const string Ready = "Ready";

    /// <summary>MCPServer: the spec follows every rule but those about the image.</summary>
    public const string SpecAccepted = "SpecAccepted";

    /// <summary>MCPServer: the image is pinned, comes from an allowed registry and is signed as required.</summary>
    public const string ImageAccepted = "ImageAccepted";

    /// <summary>MCPServer: the tool configuration and the permission profile that it names exist and make sense.</summary>
    public const string ToolConfigResolved = "ToolConfigResolved";

    /// <summary>MCPServer: the newest version serves; none is held for review.</summary>
    public const string ReviewCurrent = "ReviewCurrent";

    /// <summary>MCPServer: the Knative Service or the Deployment runs.</summary>
    public const string WorkloadReady = "WorkloadReady";

    /// <summary>MCPServer: the proxy's policy object carries the current policy.</summary>
    public const string PolicyPublished = "PolicyPublished";

    /// <summary>MCPServer: the NetworkPolicy is in place.</summary>
    public const string NetworkIsolated = "NetworkIsolated";

    /// <summary>MCPServer: the ServiceMonitor is in place.</summary>
    public const string MonitoringReady = "MonitoringReady";

    /// <summary>MCPServer: the identity provider has the tools' scopes.</summary>
    public const string ScopesSynced = "ScopesSynced";

    /// <summary>MCPAccessGrant: it follows the rules.</summary>
    public const string Accepted = "Accepted";

    /// <summary>MCPAgentSession: agents can act under it.</summary>
    public const string Active = "Active";

    /// <summary>MCPAccessGrant, MCPAgentSession: the server's policy carries it as it stands.</summary>
    public const string Published = "Published";

    /// <summary>MCPToolConfig: servers can use it.</summary>
    public const string Valid = "Valid";

    /// <summary>MCPAccessGrant: the identity provider has its OAuth client, and the Secret the client's secret.</summary>
    public const string ClientRegistered = "ClientRegistered";
}
