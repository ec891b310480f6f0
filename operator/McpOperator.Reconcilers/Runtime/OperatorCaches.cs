using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using Microsoft.Extensions.Logging;

namespace McpOperator.Reconcilers;

/// <summary>What the operator keeps of the cluster in memory.</summary>
[EntityRbac(typeof(MCPServer), typeof(MCPToolConfig), typeof(MCPAccessGrant), typeof(MCPAgentSession), typeof(V1Pod), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Namespace), Verbs = RbacVerb.List | RbacVerb.Watch, Scope = RbacScope.Cluster)]
[EntityRbac(
    typeof(V1ServiceAccount), typeof(V1Role), typeof(V1RoleBinding), typeof(V1ConfigMap), typeof(V1Secret), typeof(V1NetworkPolicy), typeof(V1Deployment),
    typeof(V1Service), typeof(V1ControllerRevision), typeof(KnativeService), typeof(V1ServiceMonitor),
    Verbs = RbacVerb.List | RbacVerb.Watch)]
public sealed class OperatorCaches
{
    /// <summary>Servers by the <c>namespace/name</c> of the tool configuration that they name.</summary>
    public const string ByToolConfig = "toolConfig";

    /// <summary>Servers by the <c>namespace/name</c> of the ConfigMap that holds their permission profile.</summary>
    public const string ByProfile = "profile";

    /// <summary>Servers by their namespace.</summary>
    public const string ByNamespace = "namespace";

    /// <summary>Servers over their tenant's quota, all under this name.</summary>
    public const string OverQuota = "overQuota";

    /// <summary>Pods, grants, sessions, ConfigMaps and ControllerRevisions by the <c>namespace/name</c> of their server.</summary>
    public const string ByServer = "server";

    private const string OursSelector = $"{Labels.ManagedBy}={Labels.Manager},{Labels.Component}={Labels.McpServer}";
    private const string AccessSelector = $"{Labels.ManagedBy}={Labels.Manager},{Labels.Component}={Labels.McpAccess}";
    private const string ProfileSelector = $"{Labels.PermissionProfile}=true";

    private readonly List<IInformer> _all = [];

    /// <summary>Makes the informers; <see cref="RunAsync"/> starts them.</summary>
    /// <param name="client">The API server.</param>
    /// <param name="discovery">Says which optional kinds there are.</param>
    /// <param name="time">The clock for waits.</param>
    /// <param name="log">Gets trouble.</param>
    /// <param name="ns">The only namespace to look at; nothing for all.</param>
    public OperatorCaches(IKubernetesClient client, IApiDiscovery discovery, TimeProvider time, ILogger log, string? ns = null)
    {
        Servers = Add(Informers.Packed<MCPServer>(client, new() { Namespace = ns }, time, log));
        ToolConfigs = Add(Informers.Typed<MCPToolConfig>(client, new() { Namespace = ns }, time, log));
        Grants = Add(Informers.Typed<MCPAccessGrant>(client, new() { Namespace = ns }, time, log));
        Sessions = Add(Informers.Typed<MCPAgentSession>(client, new() { Namespace = ns }, time, log));
        Namespaces = Add(Informers.Typed<V1Namespace>(client, null, time, log));
        Profiles = Add(Informers.Typed<V1ConfigMap>(client, new() { Namespace = ns, LabelSelector = ProfileSelector }, time, log));
        Pods = Add(Documents<V1Pod>(["spec"]));
        Children = new[]
        {
            Child<V1ServiceAccount>(), Child<V1Role>(), Child<V1RoleBinding>(), Child<V1ConfigMap>(), Secrets(), Child<V1NetworkPolicy>(),
            Child<V1Deployment>(), Child<V1Service>("status"), Child<V1ControllerRevision>(), Optional<KnativeService>(), Optional<V1ServiceMonitor>(),
        }.ToDictionary(cache => cache.Informer.Type);

        AccessObjects = new(Add(Informers.Documents(
            client, ResourceType.Of<V1ConfigMap>(), null, new() { Namespace = ns, LabelSelector = AccessSelector }, time, log)));

        Grants.AddIndex(ByServer, static g => [new NamespacedName(g.Metadata.NamespaceProperty!, g.Spec.ServerRef.Name).ToString()]);
        Sessions.AddIndex(ByServer, static s => [new NamespacedName(s.Metadata.NamespaceProperty!, s.Spec.ServerRef.Name).ToString()]);
        Servers.AddIndex(ByNamespace, static s => [s.Metadata.NamespaceProperty!]);
        Servers.AddIndex(OverQuota, static s => s.Status.Conditions.Any(c => c is { Type: ConditionTypes.SpecAccepted, Reason: Reasons.QuotaExceeded }) ? [OverQuota] : []);
        Servers.AddIndex(ByToolConfig, static s => s.Spec.ToolConfigRef is { } r ? [new NamespacedName(s.Metadata.NamespaceProperty!, r.Name).ToString()] : []);
        Servers.AddIndex(ByProfile, static s => s.Spec.PermissionProfile is { Type: PermissionProfileType.ConfigMap } p
            ? [new NamespacedName(s.Metadata.NamespaceProperty!, p.Name).ToString()]
            : []);
        foreach (var ofServers in new[] { Pods, Children[ResourceType.Of<V1ConfigMap>()].Informer, Children[ResourceType.Of<V1ControllerRevision>()].Informer })
        {
            ofServers.AddIndex(ByServer, static child => child.Label(Labels.Server) is { } server ? [new NamespacedName(child.Namespace, server).ToString()] : []);
        }

        Informer<KubernetesDocument> Documents<T>(IReadOnlyList<string> drop, IReadOnlyList<string>? blank = null) where T : KubernetesEntity => Informers.Documents(
            client, ResourceType.Of<T>(), new() { Drop = drop, Blank = blank ?? [] }, new() { Namespace = ns, LabelSelector = OursSelector }, time, log);

        ChildCache Child<T>(params IReadOnlyList<string> drop) where T : KubernetesEntity => new(Add(Documents<T>(drop)));

        // Secrets' values are none of our business once they are written.
        ChildCache Secrets() => new(Add(Documents<V1Secret>([], ["data"])));

        ChildCache Optional<T>() where T : KubernetesEntity => new(Add(new OptionalInformer<KubernetesDocument>(Documents<T>([]), discovery, log)));
    }

    /// <summary>All servers.</summary>
    public IInformer<MCPServer> Servers { get; }

    /// <summary>All tool configurations.</summary>
    public IInformer<MCPToolConfig> ToolConfigs { get; }

    /// <summary>All grants.</summary>
    public IInformer<MCPAccessGrant> Grants { get; }

    /// <summary>All sessions.</summary>
    public IInformer<MCPAgentSession> Sessions { get; }

    /// <summary>The ConfigMaps that carry grants and sessions to servers' proxies.</summary>
    public ChildCache AccessObjects { get; }

    /// <summary>All namespaces.</summary>
    public IInformer<V1Namespace> Namespaces { get; }

    /// <summary>ConfigMaps that hold permission profiles.</summary>
    public IInformer<V1ConfigMap> Profiles { get; }

    /// <summary>Servers' pods, without their specs.</summary>
    public IInformer<KubernetesDocument> Pods { get; }

    /// <summary>Servers' children, by kind.</summary>
    public IReadOnlyDictionary<ResourceType, ChildCache> Children { get; }

    /// <summary>Everything that has to be read before decisions are made.</summary>
    public IReadOnlyList<ISyncSource> All => _all;

    /// <summary>Whether Knative's kinds are served.</summary>
    public bool IsKnativeServed => Children[ResourceType.Of<KnativeService>()].IsServed;

    /// <summary>Reads and follows the cluster until it is cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(_all.Select(informer => informer.RunAsync(ct)));

    /// <summary>How many servers a tenant has.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="ns">A namespace that is the tenant's, though it may be too new to be in memory.</param>
    public int CountServers(string tenant, string ns) => NamespacesOf(tenant, ns).Sum(n => Servers.KeysByIndex(ByNamespace, n).Count);

    /// <summary>
    /// How many servers a tenant had before one of them. Quotas are settled by age, so that those that run are left alone when two
    /// requests were accepted at the same moment.
    /// </summary>
    public int CountServersBefore(string tenant, MCPServer server) => NamespacesOf(tenant, server.Metadata.NamespaceProperty!)
        .SelectMany(n => Servers.ByIndex(ByNamespace, n))
        .Count(other => other.Metadata.DeletionTimestamp is null && AgeOf(other).CompareTo(AgeOf(server)) < 0);

    private IEnumerable<string> NamespacesOf(string tenant, string ns) => Namespaces.List()
        .Where(n => Tenants.Of(n.Metadata.Name, n.Metadata.Labels) == tenant).Select(n => n.Metadata.Name).Append(ns).Distinct();

    private static (DateTime, string, string) AgeOf(MCPServer server) =>
        (server.Metadata.CreationTimestamp ?? DateTime.MaxValue, server.Metadata.NamespaceProperty ?? "", server.Metadata.Name);

    private TInformer Add<TInformer>(TInformer informer) where TInformer : IInformer
    {
        _all.Add(informer);
        return informer;
    }
}
