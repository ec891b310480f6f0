using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Api.Configuration;

/// <summary>
/// What the platform team decides for all tenants. Read from one file, strictly; the shipped values are the strict ones. A change
/// takes effect without a restart, and a bad file leaves the last good one in force.
/// </summary>
public sealed record OperatorConfiguration
{
    /// <summary>Where images may come from.</summary>
    public ImageSettings Images { get; init; } = new();

    /// <summary>The proxy in front of every server.</summary>
    public ProxySettings Proxy { get; init; } = new();

    /// <summary>Who may talk to servers, and what those may always reach.</summary>
    public NetworkSettings Network { get; init; } = new();

    /// <summary>How Prometheus finds servers.</summary>
    public MonitoringSettings Monitoring { get; init; } = new();

    /// <summary>What the cluster's Knative is set up for.</summary>
    public KnativeSettings Knative { get; init; } = new();

    /// <summary>Access rules: what holds when a server says nothing, and how far it may relax them.</summary>
    public AccessDefaults Access { get; init; } = new();

    /// <summary>Who issues tokens when a server says nothing.</summary>
    public AuthDefaults Auth { get; init; } = new();

    /// <summary>Whether changed words wait for a person when a server says nothing. A server may only be stricter.</summary>
    public ReviewDefaults Review { get; init; } = new();

    /// <summary>How much a tenant may have.</summary>
    public QuotaSettings Quotas { get; init; } = new();

    /// <summary>How long agents' sessions may last.</summary>
    public SessionSettings Sessions { get; init; } = new();

    /// <summary>The Keycloak in which tools get scopes and grants get clients.</summary>
    public KeycloakSettings Keycloak { get; init; } = new();

    /// <summary>How servers' containers are hardened.</summary>
    public HardeningSettings Hardening { get; init; } = new();
}

/// <summary>Where images may come from.</summary>
public sealed record ImageSettings
{
    /// <summary>
    /// Registries and repositories, such as <c>ghcr.io/acme</c>, which covers itself and what lies below it, but not <c>ghcr.io/acmeevil</c>.
    /// An empty list allows nothing.
    /// </summary>
    public IReadOnlyList<string> AllowedRegistries { get; init; } = [];

    /// <summary>Further registries and repositories for single tenants, by tenant.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> AllowedRegistriesByTenant { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>How registries are reached.</summary>
    public RegistrySettings Registries { get; init; } = new();

    /// <summary>Who must have signed images.</summary>
    public SignatureSettings Signatures { get; init; } = new();
}

/// <summary>The proxy in front of every server.</summary>
public sealed record ProxySettings
{
    /// <summary>The proxy's image, by digest.</summary>
    public string Image { get; init; } = "ghcr.io/mcp-operator/mcp-proxy@sha256:0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>
    /// Seconds after which another key seals the ids of MCP sessions, 600 or more; 30 days. Ids of the key before it are good for as long
    /// again, so no session ends by it.
    /// </summary>
    public int SessionKeySeconds { get; init; } = 2_592_000;

    /// <summary>What the proxy's container asks for and may use at most.</summary>
    public V1ResourceRequirements Resources { get; init; } = new()
    {
        Requests = new Dictionary<string, Quantity> { ["cpu"] = "25m", ["memory"] = "32Mi" },
        Limits = new Dictionary<string, Quantity> { ["memory"] = "256Mi" },
    };
}

/// <summary>Who may talk to servers, and what those may always reach.</summary>
public sealed record NetworkSettings
{
    /// <summary>Namespaces of Knative's activator and of the ingress gateway: the only ones that reach a Knative server's pods.</summary>
    public IReadOnlyList<string> GatewayNamespaces { get; init; } = ["knative-serving", "kourier-system"];

    /// <summary>Namespaces whose pods may call servers that run as Deployments, besides the gateways and the server's own namespace.</summary>
    public IReadOnlyList<string> ClientNamespaces { get; init; } = [];

    /// <summary>Namespaces from which metrics are scraped.</summary>
    public IReadOnlyList<string> MonitoringNamespaces { get; init; } = ["monitoring"];

    /// <summary>The namespace in which the operator runs.</summary>
    public string OperatorNamespace { get; init; } = "mcp-operator-system";

    /// <summary>The namespace of the cluster's DNS.</summary>
    public string DnsNamespace { get; init; } = "kube-system";

    /// <summary>Addresses of the API server as a pod's packets carry them; empty: the operator finds them out.</summary>
    public IReadOnlyList<string> ApiServerCidrs { get; init; } = [];

    /// <summary>Ports of the API server.</summary>
    public IReadOnlyList<int> ApiServerPorts { get; init; } = [443, 6443];

    /// <summary>Addresses that belong to the cluster and to private networks; the profile <c>network</c> does not open them.</summary>
    public IReadOnlyList<string> ClusterCidrs { get; init; } = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"];

    /// <summary>Where the proxy finds the identity provider, the token issuers and the telemetry collector, if not outside the cluster.</summary>
    public IReadOnlyList<EgressPeer> ProxyEgress { get; init; } = [];
}

/// <summary>A place to which traffic may go out: pods of namespaces, or addresses.</summary>
public sealed record EgressPeer
{
    /// <summary>Namespaces, by name.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Narrows the namespaces to pods with these labels.</summary>
    public IReadOnlyDictionary<string, string>? PodLabels { get; init; }

    /// <summary>Addresses, such as <c>203.0.113.0/24</c>.</summary>
    public IReadOnlyList<string> Cidrs { get; init; } = [];

    /// <summary>Addresses within those that stay closed.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>TCP ports; empty: all ports of all protocols.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];
}

/// <summary>A permission profile as it stands in a ConfigMap: the places to which a server may connect.</summary>
public sealed record PermissionProfile
{
    /// <summary>The places; empty: none.</summary>
    public IReadOnlyList<EgressPeer> Egress { get; init; } = [];
}

/// <summary>How Prometheus finds servers.</summary>
public sealed record MonitoringSettings
{
    /// <summary>Labels on every ServiceMonitor, such as <c>release: kube-prometheus-stack</c>, by which Prometheus picks its monitors.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How often to scrape when a server says nothing.</summary>
    public string Interval { get; init; } = "30s";
}

/// <summary>What the cluster's Knative is set up for.</summary>
public sealed record KnativeSettings
{
    /// <summary>
    /// Whether <c>kubernetes.podspec-init-containers</c> is enabled in <c>config-features</c>, which it is not by default. A stdio server
    /// needs it, because the bridge comes into its container that way; without it such a server runs as a Deployment.
    /// </summary>
    public bool InitContainers { get; init; }
}

/// <summary>Access rules: what holds when a server says nothing, and how far it may relax them.</summary>
public sealed record AccessDefaults
{
    /// <summary>How strictly rules are applied.</summary>
    public AccessMode Mode { get; init; } = AccessMode.Enforce;

    /// <summary>The laxest mode that a server may ask for.</summary>
    public AccessMode LaxestMode { get; init; } = AccessMode.Enforce;

    /// <summary>What happens to a call that no grant speaks of. A server may only be stricter.</summary>
    public Decision DefaultDecision { get; init; } = Decision.Deny;

    /// <summary>Whether a caller needs a live session. A server may only be stricter.</summary>
    public bool RequireSession { get; init; } = true;
}

/// <summary>Who issues tokens when a server says nothing.</summary>
public sealed record AuthDefaults
{
    /// <summary>Whether tokens are asked for. A server may ask for <c>None</c> only where <see cref="AllowAnonymous"/> is set.</summary>
    public AuthType Type { get; init; } = AuthType.OIDC;

    /// <summary>Whether a server may switch tokens off.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>The issuer's URL, exactly as it stands in the tokens.</summary>
    public string? Issuer { get; init; }

    /// <summary>Where the issuer's keys are found; absent: taken from the issuer's metadata.</summary>
    public string? JwksUri { get; init; }

    /// <summary>
    /// PEM certificates of authorities that servers' proxies trust when they ask issuers for their keys, besides those that everybody trusts;
    /// absent: those of <c>keycloak.certificateAuthorities</c>.
    /// </summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Which claims say who calls.</summary>
    public ClaimNames Claims { get; init; } = new() { User = "sub", Agent = "azp", Groups = "groups", Session = "sid" };
}

/// <summary>Whether changed words wait for a person.</summary>
public sealed record ReviewDefaults
{
    /// <summary>What holds when a server says nothing.</summary>
    public ReviewPolicy Policy { get; init; } = ReviewPolicy.Required;

    /// <summary>
    /// Whether a server's first version waits as well. Where it does not, whoever may delete a server and make it again gets new words past
    /// the reviewers that way.
    /// </summary>
    public ReviewPolicy FirstVersion { get; init; } = ReviewPolicy.Automatic;

    /// <summary>Whether nobody may approve what they changed themselves.</summary>
    public bool FourEyes { get; init; } = true;

    /// <summary>Classes of changes that go live without a decision, such as <c>Wording</c>. A gate that stops everything alike gets switched off.</summary>
    public IReadOnlyList<SurfaceChangeClass> Passing { get; init; } = [];

    /// <summary>
    /// Pods of a version that waits, where Deployments run servers (0 or 1). Knative scales it as any other. A version of a server that
    /// declares no tools has one pod until its tools are known.
    /// </summary>
    public int CandidateReplicas { get; init; }
}

/// <summary>How much a tenant may have.</summary>
public sealed record QuotaSettings
{
    /// <summary>Whether limits hold.</summary>
    public QuotaMode Mode { get; init; } = QuotaMode.Enforced;

    /// <summary>What every tenant may have.</summary>
    public TenantQuota Default { get; init; } = new();

    /// <summary>What single tenants may have instead, by tenant.</summary>
    public IReadOnlyDictionary<string, TenantQuota> Tenants { get; init; } = new Dictionary<string, TenantQuota>();

    /// <summary>Where the pods of one server count tool calls together.</summary>
    public SharedLimitSettings SharedLimits { get; init; } = new();
}

/// <summary>Whether limits hold.</summary>
public enum QuotaMode
{
    /// <summary>A breach is refused.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("enforced")]
    Enforced,

    /// <summary>Nothing is refused; breaches are counted.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("unbounded")]
    Unbounded,
}

/// <summary>What one tenant may have.</summary>
public sealed record TenantQuota
{
    /// <summary>Servers in all namespaces of the tenant.</summary>
    public int MaxServersPerTenant { get; init; } = 10;

    /// <summary>Tools that one server may declare.</summary>
    public int MaxToolsPerServer { get; init; } = 50;

    /// <summary>Tool calls in a minute of one server.</summary>
    public int ToolCallsPerMinutePerServer { get; init; } = 600;

    /// <summary>Tool calls in a minute of one OAuth client.</summary>
    public int ToolCallsPerMinutePerOAuthClient { get; init; } = 300;
}

/// <summary>How long agents' sessions may last.</summary>
public sealed record SessionSettings
{
    /// <summary>The most seconds for which a user can let an agent act, from when the session is made.</summary>
    public int MaxDurationSeconds { get; init; } = 86400;

    /// <summary>How many seconds after its end a session is deleted.</summary>
    public int DeleteAfterSeconds { get; init; } = 86400;
}

/// <summary>How servers' containers are hardened.</summary>
public sealed record HardeningSettings
{
    /// <summary>The user as which the containers run; 0 leaves the choice to the platform, as OpenShift wants it, or to the image.</summary>
    public long RunAsUser { get; init; } = 65532;
}
