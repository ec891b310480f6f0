using McpOperator.Api.Configuration;
using McpOperator.Objects;

namespace McpOperator.ChartGen;

/// <summary>What whoever installs the chart can set.</summary>
internal sealed record ChartValues
{
    /// <summary>The operator's image.</summary>
    public ImageValues Image { get; init; } = new();

    /// <summary>Secrets with which the node pulls the operator's image.</summary>
    public IReadOnlyList<V1LocalObjectReference> ImagePullSecrets { get; init; } = [];

    /// <summary>How many replicas there are. One works at a time; all answer admission requests.</summary>
    [RangeMinimum(1), RangeMaximum(10)]
    public int Replicas { get; init; } = 2;

    /// <summary>The only namespace whose servers it looks after, with rights in no other; empty: all namespaces.</summary>
    [Length(0, 63)]
    public string WatchNamespace { get; init; } = "";

    /// <summary>Whether this is OpenShift, which gives pods their user ids itself.</summary>
    public Presence OpenShift { get; init; } = Presence.Auto;

    /// <summary>The least grave level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How log lines look.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Json;

    /// <summary>Servers reconciled at the same time.</summary>
    [RangeMinimum(1), RangeMaximum(256)]
    public int Workers { get; init; } = 16;

    /// <summary>Seconds after which a leader that fell silent is replaced.</summary>
    [RangeMinimum(3), RangeMaximum(600)]
    public int LeaseSeconds { get; init; } = 15;

    /// <summary>
    /// The operator's configuration file: what the platform team decides for all tenants. A change takes effect without a restart. The
    /// chart itself fills in the operator's namespace, and on OpenShift sets <c>hardening.runAsUser</c> to 0.
    /// </summary>
    public OperatorConfiguration Config { get; init; } = new();

    /// <summary>The custom resource definitions.</summary>
    public CrdValues Crds { get; init; } = new();

    /// <summary>Admission. Without it the reconcile still holds back what breaks a rule, but nobody is told when they apply it.</summary>
    public WebhookValues Webhooks { get; init; } = new();

    /// <summary>The operator's account.</summary>
    public ServiceAccountValues ServiceAccount { get; init; } = new();

    /// <summary>Rights.</summary>
    public RbacValues Rbac { get; init; } = new();

    /// <summary>How many replicas a node's drain leaves running; only with two replicas or more.</summary>
    public PodDisruptionBudgetValues PodDisruptionBudget { get; init; } = new();

    /// <summary>Who may connect to the operator itself, and where it may connect to. Servers have policies of their own, always.</summary>
    public NetworkPolicyValues NetworkPolicy { get; init; } = new();

    /// <summary>Has the Prometheus Operator scrape the operator.</summary>
    public MonitorValues ServiceMonitor { get; init; } = new();

    /// <summary>Alerts, each with a link to its runbook.</summary>
    public AlertValues PrometheusRule { get; init; } = new();

    /// <summary>A Grafana dashboard in a ConfigMap, as Grafana's sidecar finds it.</summary>
    public DashboardValues Dashboard { get; init; } = new();

    /// <summary>What a replica asks for and may use at most. It needs 172 MiB for 1,000 servers, 23 KiB for each further one.</summary>
    public V1ResourceRequirements Resources { get; init; } = new()
    {
        Requests = new Dictionary<string, Quantity> { ["cpu"] = "50m", ["memory"] = "128Mi" },
        Limits = new Dictionary<string, Quantity> { ["memory"] = "512Mi" },
    };

    /// <summary>Further volumes of the operator's pods, such as a ConfigMap with Sigstore's <c>trusted_root.json</c>.</summary>
    public IReadOnlyList<AnyObject> Volumes { get; init; } = [];

    /// <summary>Where those volumes appear.</summary>
    public IReadOnlyList<AnyObject> VolumeMounts { get; init; } = [];

    /// <summary>Labels on the operator's pods.</summary>
    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations on the operator's pods.</summary>
    public IReadOnlyDictionary<string, string> PodAnnotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels of the nodes on which the operator may run.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>();

    /// <summary>Taints that the operator's pods bear.</summary>
    public IReadOnlyList<AnyObject> Tolerations { get; init; } = [];

    /// <summary>Replaces the shipped affinity, which prefers a node of its own for each replica.</summary>
    [PreserveUnknownFields]
    public AnyObject Affinity { get; init; } = new();

    /// <summary>How replicas spread over zones.</summary>
    public IReadOnlyList<AnyObject> TopologySpreadConstraints { get; init; } = [];

    /// <summary>The priority class of the operator's pods; empty: the cluster's default.</summary>
    public string PriorityClassName { get; init; } = "";
}

/// <summary>An object in Kubernetes' own shape.</summary>
internal sealed record AnyObject;

/// <summary>Whether something is there.</summary>
internal enum Presence
{
    /// <summary>If the cluster serves the kinds for it.</summary>
    Auto,

    /// <summary>In any case.</summary>
    Always,

    /// <summary>In no case.</summary>
    Never,
}

/// <summary>The operator's image.</summary>
internal sealed record ImageValues
{
    /// <summary>Registry and repository.</summary>
    public string Repository { get; init; } = "ghcr.io/mcp-operator/mcp-operator";

    /// <summary>The tag; empty: the chart's version.</summary>
    public string Tag { get; init; } = "";

    /// <summary>The digest, which then counts instead of the tag.</summary>
    [Pattern("^(sha256:[0-9a-f]{64})?$")]
    public string Digest { get; init; } = "";

    /// <summary>When the node asks the registry.</summary>
    public PullPolicy PullPolicy { get; init; } = PullPolicy.IfNotPresent;
}

/// <summary>When the node asks the registry.</summary>
internal enum PullPolicy
{
    /// <summary>When it does not have the image.</summary>
    IfNotPresent,

    /// <summary>At every start.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>What is logged.</summary>
internal enum LogLevel
{
    /// <summary>Everything.</summary>
    Verbose,

    /// <summary>What helps to find a fault.</summary>
    Debug,

    /// <summary>What happens.</summary>
    Information,

    /// <summary>What may need somebody.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,
}

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>For programs.</summary>
    Json,

    /// <summary>For people.</summary>
    Text,
}

/// <summary>The custom resource definitions.</summary>
internal sealed record CrdValues
{
    /// <summary>Whether they are installed, and upgraded with the chart.</summary>
    public bool Install { get; init; } = true;

    /// <summary>Whether they outlive the release. Deleting them deletes every server, grant and session of every tenant.</summary>
    public bool Keep { get; init; } = true;
}

/// <summary>Admission.</summary>
internal sealed record WebhookValues
{
    /// <summary>Whether API servers ask the operator before they store one of its kinds.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What happens while no replica answers.</summary>
    public FailurePolicy FailurePolicy { get; init; } = FailurePolicy.Fail;

    /// <summary>Seconds that an API server waits; a decision about an image's signature may take 8.</summary>
    [RangeMinimum(1), RangeMaximum(30)]
    public int TimeoutSeconds { get; init; } = 10;

    /// <summary>Namespaces that admission leaves alone, besides kube-system and the operator's own.</summary>
    public IReadOnlyList<string> ExcludedNamespaces { get; init; } = [];

    /// <summary>Who makes the certificate. Without cert-manager the operator makes and renews its own.</summary>
    public CertManagerValues CertManager { get; init; } = new();
}

/// <summary>What happens while no replica answers.</summary>
internal enum FailurePolicy
{
    /// <summary>Nothing gets in.</summary>
    Fail,

    /// <summary>Everything gets in; the reconcile holds back what breaks a rule.</summary>
    Ignore,
}

/// <summary>The webhooks' certificate by cert-manager.</summary>
internal sealed record CertManagerValues
{
    /// <summary>Whether cert-manager makes the certificate.</summary>
    public bool Enabled { get; init; }

    /// <summary>The issuer's name; empty: the chart makes an issuer that signs for itself.</summary>
    public string IssuerName { get; init; } = "";

    /// <summary>The issuer's kind.</summary>
    public string IssuerKind { get; init; } = "ClusterIssuer";
}

/// <summary>The operator's account.</summary>
internal sealed record ServiceAccountValues
{
    /// <summary>Whether the chart makes it.</summary>
    public bool Create { get; init; } = true;

    /// <summary>Its name; empty: that of the operator, or <c>default</c> where the chart makes none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Annotations on it.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}

/// <summary>Rights.</summary>
internal sealed record RbacValues
{
    /// <summary>Whether the operator's roles are made: just the rights that its code declares.</summary>
    public bool Create { get; init; } = true;

    /// <summary>Whether roles for people are made; two of them join Kubernetes' own <c>edit</c> and <c>view</c>.</summary>
    public bool UserRoles { get; init; } = true;
}

/// <summary>How many replicas a node's drain leaves running.</summary>
internal sealed record PodDisruptionBudgetValues
{
    /// <summary>Whether there is one.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The replicas that stay.</summary>
    [RangeMinimum(1)]
    public int MinAvailable { get; init; } = 1;
}

/// <summary>The operator's own network policy.</summary>
internal sealed record NetworkPolicyValues
{
    /// <summary>
    /// Whether there is one. It lets in webhook and probe requests from anywhere (API servers have no namespace) and scrapes from
    /// <c>config.network.monitoringNamespaces</c>, and lets out DNS, the API server and registries.
    /// </summary>
    public bool Enabled { get; init; } = true;

    /// <summary>TCP ports at which registries are reached.</summary>
    public IReadOnlyList<int> RegistryPorts { get; init; } = [443];

    /// <summary>Further egress rules in Kubernetes' own shape, such as for a registry inside the cluster.</summary>
    public IReadOnlyList<AnyObject> ExtraEgress { get; init; } = [];
}

/// <summary>A ServiceMonitor for the operator.</summary>
internal sealed record MonitorValues
{
    /// <summary>Whether there is one.</summary>
    public Presence Create { get; init; } = Presence.Auto;

    /// <summary>Labels by which Prometheus picks it. Those of <c>config.monitoring.labels</c> are set too.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How often to scrape.</summary>
    public string Interval { get; init; } = "30s";
}

/// <summary>Alerts.</summary>
internal sealed record AlertValues
{
    /// <summary>Whether there are any.</summary>
    public Presence Create { get; init; } = Presence.Auto;

    /// <summary>Labels by which Prometheus picks them. Those of <c>config.monitoring.labels</c> are set too.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The page that explains each alert, under its name.</summary>
    public string RunbookUrl { get; init; } = "https://github.com/mcp-operator/mcp-operator/blob/main/docs/alerts.md";
}

/// <summary>A Grafana dashboard.</summary>
internal sealed record DashboardValues
{
    /// <summary>Whether there is one.</summary>
    public Presence Create { get; init; } = Presence.Auto;

    /// <summary>Labels by which Grafana's sidecar finds it.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string> { ["grafana_dashboard"] = "1" };

    /// <summary>Annotations, such as the folder into which it goes.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
