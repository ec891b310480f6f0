namespace McpOperator.Api;

/// <summary>Labels that we write or read.</summary>
public static class Labels
{
    /// <summary>On every child: the program that made it; the value is <see cref="Manager"/>.</summary>
    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>On every child: what it belongs to; the value is <see cref="McpServer"/> or <see cref="McpAccess"/>.</summary>
    public const string Component = "app.kubernetes.io/component";

    /// <summary>On every child: the <c>MCPServer</c>'s name.</summary>
    public const string Server = "mcpoperator.io/server";

    /// <summary>On every child: the tenant. On a namespace: says which tenant it belongs to; without it the namespace's name is the tenant's.</summary>
    public const string Tenant = "mcpoperator.io/tenant";

    /// <summary>On children of which a server has several: tells them apart.</summary>
    public const string Role = "mcpoperator.io/role";

    /// <summary>On a server's pods, and on what is made for them: the hash of the template that they are made from.</summary>
    public const string Template = "mcpoperator.io/template";

    /// <summary>On the pods of Deployments: whether they serve (<see cref="StableTrack"/>) or wait for review (<see cref="CandidateTrack"/>).</summary>
    public const string Track = "mcpoperator.io/track";

    /// <summary>On a ConfigMap that holds a permission profile: <c>true</c>. The operator reads no other ConfigMaps of tenants.</summary>
    public const string PermissionProfile = "mcpoperator.io/permission-profile";

    /// <summary>Knative puts it on every pod of a Knative Service.</summary>
    public const string KnativeService = "serving.knative.dev/service";

    /// <summary>Knative reads it on a Knative Service: <c>cluster-local</c> keeps the address inside the cluster.</summary>
    public const string KnativeVisibility = "networking.knative.dev/visibility";

    /// <summary>Kubernetes (1.21 and later) puts a namespace's name on it.</summary>
    public const string NamespaceName = "kubernetes.io/metadata.name";

    /// <summary>The value of <see cref="ManagedBy"/>, and our field manager.</summary>
    public const string Manager = "mcp-operator";

    /// <summary>The value of <see cref="Component"/>.</summary>
    public const string McpServer = "mcp-server";

    /// <summary>The value of <see cref="Component"/> on the objects that carry a server's grants and sessions.</summary>
    public const string McpAccess = "mcp-access";

    /// <summary>The value of <see cref="Role"/> on the metrics Service.</summary>
    public const string MetricsRole = "metrics";

    /// <summary>The value of <see cref="Role"/> on a Secret with the credentials of a grant's OAuth client.</summary>
    public const string OAuthClientRole = "oauth-client";

    /// <summary>The value of <see cref="Role"/> on the ConfigMaps with the compiled policy.</summary>
    public const string PolicyRole = "policy";

    /// <summary>The value of <see cref="Role"/> on the ControllerRevisions that keep approved versions.</summary>
    public const string VersionRole = "version";

    /// <summary>The value of <see cref="Track"/> on pods that serve.</summary>
    public const string StableTrack = "stable";

    /// <summary>The value of <see cref="Track"/> on pods of a version that waits, and Knative's tag for its revision.</summary>
    public const string CandidateTrack = "candidate";
}
