using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.TestKit;

/// <summary>The kinds that these tests speak of.</summary>
public static class Kinds
{
    public static readonly ResourceType Server = ResourceType.Of<MCPServer>();
    public static readonly ResourceType ToolConfig = ResourceType.Of<MCPToolConfig>();
    public static readonly ResourceType Grant = ResourceType.Of<MCPAccessGrant>();
    public static readonly ResourceType Session = ResourceType.Of<MCPAgentSession>();
    public static readonly ResourceType ServiceAccount = ResourceType.Of<V1ServiceAccount>();
    public static readonly ResourceType Role = ResourceType.Of<V1Role>();
    public static readonly ResourceType RoleBinding = ResourceType.Of<V1RoleBinding>();
    public static readonly ResourceType ConfigMap = ResourceType.Of<V1ConfigMap>();
    public static readonly ResourceType Secret = ResourceType.Of<V1Secret>();
    public static readonly ResourceType NetworkPolicy = ResourceType.Of<V1NetworkPolicy>();
    public static readonly ResourceType Version = ResourceType.Of<V1ControllerRevision>();
    public static readonly ResourceType Deployment = ResourceType.Of<V1Deployment>();
    public static readonly ResourceType Service = ResourceType.Of<V1Service>();
    public static readonly ResourceType Endpoints = new("", "v1", "Endpoints", "endpoints");
    public static readonly ResourceType Pod = ResourceType.Of<V1Pod>();
    public static readonly ResourceType Event = new("", "v1", "Event", "events");
    public static readonly ResourceType Namespace = ResourceType.Of<V1Namespace>();
    public static readonly ResourceType Knative = ResourceType.Of<KnativeService>();
    public static readonly ResourceType Monitor = ResourceType.Of<V1ServiceMonitor>();

    public static readonly ResourceType ValidatingWebhooks = new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false);
    public static readonly ResourceType MutatingWebhooks = new("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Namespaced: false);

    /// <summary>Every kind that a server can have children of.</summary>
    public static readonly IReadOnlyList<ResourceType> Children =
        [ServiceAccount, Role, RoleBinding, ConfigMap, Secret, NetworkPolicy, Version, Deployment, Service, Knative, Monitor];
}
