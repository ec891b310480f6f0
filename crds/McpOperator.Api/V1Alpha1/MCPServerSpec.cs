using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>What to run, how clients reach it, and what they may do with it.</summary>
[ValidationRule("self.transport == 'stdio' || !has(self.stdio)", "spec.stdio: only transport stdio has processes to manage; remove it or set spec.transport to stdio")]
[ValidationRule("!has(self.scaling) || self.scaling.minScale <= self.scaling.maxScale", "spec.scaling.minScale: must not exceed maxScale")]
public sealed record MCPServerSpec
{
    /// <summary>
    /// The server's image, by digest: <c>registry/repository@sha256:…</c>. A tag may stand before the digest for people to read; it decides nothing.
    /// </summary>
    [Length(1, 1024)]
    public required string Image { get; init; }

    /// <summary>Secrets in the server's namespace with which the node pulls the image, and with which the operator reads its signature.</summary>
    [Items(0, 16), ListMap("name")]
    public IReadOnlyList<V1LocalObjectReference>? ImagePullSecrets { get; init; }

    /// <summary>Replaces the image's entrypoint. For <c>stdio</c> it is the program that is started for each session.</summary>
    [Items(0, 64), Length(1, 4096)]
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Replaces the image's arguments.</summary>
    [Items(0, 256), Length(0, 32768)]
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Environment variables of the server.</summary>
    [Items(0, 256), ListMap("name")]
    public IReadOnlyList<V1EnvVar>? Env { get; init; }

    /// <summary>Whole ConfigMaps and Secrets as environment variables of the server.</summary>
    [Items(0, 32)]
    public IReadOnlyList<V1EnvFromSource>? EnvFrom { get; init; }

    /// <summary>Single keys of Secrets as environment variables of the server.</summary>
    [Items(0, 64), ListMap("name", "key")]
    public IReadOnlyList<SecretVariable>? Secrets { get; init; }

    /// <summary>Volumes for the server: ConfigMaps, Secrets, projections of those, and empty folders.</summary>
    [Items(0, 32), ListMap("name")]
    public IReadOnlyList<V1Volume>? Volumes { get; init; }

    /// <summary>Where the volumes appear in the server's container.</summary>
    [Items(0, 32), ListMap("mountPath")]
    public IReadOnlyList<V1VolumeMount>? VolumeMounts { get; init; }

    /// <summary>What the server's container asks for and may use at most. The proxy beside it has its own, from the operator's configuration.</summary>
    public V1ResourceRequirements? Resources { get; init; }

    /// <summary>
    /// The account as which the server speaks to the API server; it must exist. Without it the server's container gets no token at all.
    /// </summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public string? ServiceAccountName { get; init; }

    /// <summary>What the server speaks. Clients always speak streamable HTTP or SSE to the proxy.</summary>
    public Transport Transport { get; init; } = Transport.StreamableHttp;

    /// <summary>The port at which clients inside the cluster reach the server when it runs as a Deployment.</summary>
    [RangeMinimum(1), RangeMaximum(65535)]
    public int Port { get; init; } = 8080;

    /// <summary>The port at which the server listens (HTTP transports). The proxy's and Knative's own ports are taken.</summary>
    [RangeMinimum(1), RangeMaximum(65535)]
    [ValidationRule("!(self in [8008, 8012, 8013, 8022, 8112, 9090, 9091, 18080, 18081, 18090])", "spec.targetPort: this port belongs to the proxy or to Knative; let the server listen on another one, such as 8080")]
    public int TargetPort { get; init; } = 8080;

    /// <summary>The path at which the server listens (HTTP transports); absent: <c>/mcp</c>, or <c>/sse</c> for transport <c>sse</c>.</summary>
    [Length(1, 256), Pattern("^/[A-Za-z0-9._~/-]*$")]
    public string? Path { get; init; }

    /// <summary>How processes of a <c>stdio</c> server are managed.</summary>
    public StdioSettings? Stdio { get; init; }

    /// <summary>What runs the server.</summary>
    public RuntimeKind Runtime { get; init; } = RuntimeKind.Auto;

    /// <summary>How many pods run.</summary>
    public ScalingSettings? Scaling { get; init; }

    /// <summary>Seconds that one request may take in all, streams included.</summary>
    [RangeMinimum(1), RangeMaximum(3600)]
    public int TimeoutSeconds { get; init; } = 300;

    /// <summary>Who can reach the server's address: clients in the cluster, or also those outside.</summary>
    public Visibility Visibility { get; init; } = Visibility.Internal;

    /// <summary>Where the server may connect to. Becomes real egress rules; absent: nowhere.</summary>
    public PermissionProfileReference? PermissionProfile { get; init; }

    /// <summary>The <c>MCPToolConfig</c> in the same namespace that filters and renames the server's tools.</summary>
    public LocalReference? ToolConfigRef { get; init; }

    /// <summary>
    /// The tools that the server is declared to have. What is declared here is what a reviewer approves; a live tool that differs is withheld.
    /// </summary>
    [Items(0, 512), ListMap("name")]
    public IReadOnlyList<ToolDeclaration>? Tools { get; init; }

    /// <summary>Whether callers need grants and sessions. May only be stricter than the operator's configuration.</summary>
    public AccessSettings? Access { get; init; }

    /// <summary>Who issues the tokens that callers present.</summary>
    public AuthSettings? Auth { get; init; }

    /// <summary>How often tools may be called. May only lower the tenant's limits.</summary>
    public RateLimitSettings? RateLimits { get; init; }

    /// <summary>Metrics and traces.</summary>
    public TelemetrySettings? Telemetry { get; init; }

    /// <summary>The record of every call, as JSON lines on the proxy's standard output.</summary>
    public AuditSettings? Audit { get; init; }

    /// <summary>Whether a version that says something different to the model waits for a person.</summary>
    public ReviewSettings? Review { get; init; }

    /// <summary>Runs no pods and answers nobody, but keeps everything.</summary>
    public bool Suspend { get; init; }

    /// <summary>The path at which the server listens, the transport's default filled in.</summary>
    [JsonIgnore]
    public string EffectivePath => Path ?? (Transport == Transport.Sse ? "/sse" : "/mcp");
}

/// <summary>What a server speaks.</summary>
public enum Transport
{
    /// <summary>MCP's streamable HTTP, any revision.</summary>
    [JsonStringEnumMemberName("streamable-http")]
    StreamableHttp,

    /// <summary>HTTP with server-sent events, the transport of 2024-11-05.</summary>
    [JsonStringEnumMemberName("sse")]
    Sse,

    /// <summary>JSON lines on standard input and output; the bridge starts the program and speaks HTTP for it.</summary>
    [JsonStringEnumMemberName("stdio")]
    Stdio,
}

/// <summary>What runs a server.</summary>
public enum RuntimeKind
{
    /// <summary>Knative where the cluster has it, else a Deployment.</summary>
    Auto,

    /// <summary>A Knative Service: scales to zero, keeps revisions.</summary>
    Knative,

    /// <summary>A Deployment and a Service: always at least one pod.</summary>
    Deployment,
}

/// <summary>Who can reach a server's address.</summary>
public enum Visibility
{
    /// <summary>Clients in the cluster.</summary>
    Internal,

    /// <summary>Clients outside as well, through the cluster's ingress.</summary>
    External,
}

/// <summary>One key of a Secret as an environment variable.</summary>
public sealed record SecretVariable
{
    /// <summary>The Secret's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>The key in the Secret.</summary>
    [Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$")]
    public required string Key { get; init; }

    /// <summary>The variable's name; absent: the key.</summary>
    [Length(1, 253), Pattern("^[A-Za-z_][A-Za-z0-9_]*$")]
    public string? TargetEnvName { get; init; }
}

/// <summary>How processes of a <c>stdio</c> server are managed.</summary>
public sealed record StdioSettings
{
    /// <summary>Whether every client session has a process of its own. Otherwise one process serves all sessions of a pod, and they share its state.</summary>
    public bool ProcessPerSession { get; init; } = true;

    /// <summary>The most processes in one pod; a further session ends the one that nobody has used for longest, if that is 30 seconds or more, else it is refused with 503 and told when to try again.</summary>
    [RangeMinimum(1), RangeMaximum(1024)]
    public int MaxProcesses { get; init; } = 32;

    /// <summary>Seconds without a message after which a session's process is stopped.</summary>
    [RangeMinimum(10), RangeMaximum(86400)]
    public int IdleTimeoutSeconds { get; init; } = 300;
}

/// <summary>How many pods run.</summary>
public sealed record ScalingSettings
{
    /// <summary>The fewest pods; with 0 an idle server costs nothing (Knative; a Deployment runs at least one).</summary>
    [RangeMinimum(0), RangeMaximum(100)]
    public int MinScale { get; init; }

    /// <summary>The most pods.</summary>
    [RangeMinimum(1), RangeMaximum(100)]
    public int MaxScale { get; init; } = 3;

    /// <summary>Requests at once for which one more pod is started (Knative); absent: the cluster's default.</summary>
    [RangeMinimum(1), RangeMaximum(1000)]
    public int? TargetConcurrency { get; init; }

    /// <summary>Seconds that the last pod stays after the last request (Knative); absent: the cluster's default.</summary>
    [RangeMinimum(0), RangeMaximum(3600)]
    public int? RetentionSeconds { get; init; }
}

/// <summary>Where a server may connect to.</summary>
[ValidationRule("self.type == 'configmap' || self.name in ['none', 'network']", "spec.permissionProfile.name: builtin profiles are none and network; for your own set type to configmap")]
public sealed record PermissionProfileReference
{
    /// <summary>Whether the profile is built in or stands in a ConfigMap of the same namespace.</summary>
    public PermissionProfileType Type { get; init; } = PermissionProfileType.Builtin;

    /// <summary>The built-in profile (<c>none</c>: nowhere; <c>network</c>: anywhere outside the cluster) or the ConfigMap's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>The key in the ConfigMap.</summary>
    [Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$")]
    public string Key { get; init; } = "profile.yaml";
}

/// <summary>Where a permission profile stands.</summary>
public enum PermissionProfileType
{
    /// <summary>In the operator: <c>none</c> or <c>network</c>.</summary>
    [JsonStringEnumMemberName("builtin")]
    Builtin,

    /// <summary>In a ConfigMap of the server's namespace.</summary>
    [JsonStringEnumMemberName("configmap")]
    ConfigMap,
}

/// <summary>Points at an object of a fixed kind in the same namespace.</summary>
public sealed record LocalReference
{
    /// <summary>The object's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }
}

/// <summary>A tool as a reviewer approves it.</summary>
public sealed record ToolDeclaration
{
    /// <summary>The server's own name of the tool (MCP: 1 to 128 of <c>A-Z a-z 0-9 _ . -</c>).</summary>
    [Length(1, 128), Pattern("^[A-Za-z0-9_.-]+$")]
    public required string Name { get; init; }

    /// <summary>What the model reads.</summary>
    [Length(0, 16384)]
    public string Description { get; init; } = "";

    /// <summary>The JSON schema of the arguments.</summary>
    [PreserveUnknownFields]
    public JsonObject? InputSchema { get; init; }

    /// <summary>The OAuth scope that a caller's token needs; absent: <c>mcp:namespace:server:tool</c> where scopes are in use.</summary>
    [Length(1, 255), Pattern(@"^[\x21\x23-\x5B\x5D-\x7E]+$")]
    public string? Scope { get; init; }

    /// <summary>What a call can do to the world.</summary>
    public SideEffect SideEffect { get; init; } = SideEffect.Read;

    /// <summary>How far a caller must be trusted.</summary>
    public TrustLevel RequiredTrust { get; init; } = TrustLevel.Low;
}

/// <summary>What a tool call can do to the world, from harmless to grave.</summary>
public enum SideEffect
{
    /// <summary>Only reads.</summary>
    [JsonStringEnumMemberName("read")]
    Read,

    /// <summary>Changes something that can be changed back.</summary>
    [JsonStringEnumMemberName("write")]
    Write,

    /// <summary>Destroys something.</summary>
    [JsonStringEnumMemberName("destructive")]
    Destructive,
}

/// <summary>How far a caller is trusted, from little to much.</summary>
public enum TrustLevel
{
    /// <summary>Little.</summary>
    [JsonStringEnumMemberName("low")]
    Low,

    /// <summary>Some.</summary>
    [JsonStringEnumMemberName("medium")]
    Medium,

    /// <summary>Much.</summary>
    [JsonStringEnumMemberName("high")]
    High,
}

/// <summary>Whether callers need grants and sessions; what is absent comes from the operator's configuration.</summary>
public sealed record AccessSettings
{
    /// <summary>How strictly the rules are applied.</summary>
    public AccessMode? Mode { get; init; }

    /// <summary>What happens to a call that no grant speaks of.</summary>
    public Decision? DefaultDecision { get; init; }

    /// <summary>Whether a caller needs a live <c>MCPAgentSession</c>.</summary>
    public bool? RequireSession { get; init; }
}

/// <summary>How strictly access rules are applied, from strict to lax.</summary>
public enum AccessMode
{
    /// <summary>What is not allowed is refused.</summary>
    Enforce,

    /// <summary>Everything is allowed, and what would have been refused is recorded.</summary>
    Observe,

    /// <summary>Nothing is asked for but the tool filter.</summary>
    Open,
}

/// <summary>What happens to a call.</summary>
public enum Decision
{
    /// <summary>It is refused.</summary>
    Deny,

    /// <summary>It goes through.</summary>
    Allow,
}

/// <summary>Who issues the tokens that callers present; what is absent comes from the operator's configuration.</summary>
public sealed record AuthSettings
{
    /// <summary>Whether tokens are asked for.</summary>
    public AuthType? Type { get; init; }

    /// <summary>The issuer's URL, exactly as it stands in the tokens.</summary>
    [Length(1, 2048), Pattern("^https?://.+")]
    public string? Issuer { get; init; }

    /// <summary>What a token's audience must name; absent: the server's canonical URL.</summary>
    [Length(1, 2048)]
    public string? Audience { get; init; }

    /// <summary>Where the issuer's keys are found; absent: taken from the issuer's metadata.</summary>
    [Length(1, 2048), Pattern("^https?://.+")]
    public string? JwksUri { get; init; }

    /// <summary>Which claims say who calls.</summary>
    public ClaimNames? Claims { get; init; }

    /// <summary>The server's canonical URL as clients know it (RFC 8707); absent: the address in the status.</summary>
    [Length(1, 2048), Pattern("^https?://.+")]
    public string? ResourceUrl { get; init; }
}

/// <summary>Whether tokens are asked for.</summary>
public enum AuthType
{
    /// <summary>Every call needs a valid access token of the issuer.</summary>
    OIDC,

    /// <summary>Calls are anonymous, and nothing that a header claims is believed.</summary>
    None,
}

/// <summary>Which claims of a token say who calls.</summary>
public sealed record ClaimNames
{
    /// <summary>The claim that names the user.</summary>
    [Length(1, 255)]
    public string? User { get; init; }

    /// <summary>The claim that names the agent, the program that acts for the user.</summary>
    [Length(1, 255)]
    public string? Agent { get; init; }

    /// <summary>The claim that lists the user's groups.</summary>
    [Length(1, 255)]
    public string? Groups { get; init; }

    /// <summary>The claim that names the session.</summary>
    [Length(1, 255)]
    public string? Session { get; init; }
}

/// <summary>How often tools may be called.</summary>
public sealed record RateLimitSettings
{
    /// <summary>Tool calls in a minute, all callers together.</summary>
    [RangeMinimum(1), RangeMaximum(1000000)]
    public int? ToolCallsPerMinute { get; init; }

    /// <summary>Tool calls in a minute of one OAuth client.</summary>
    [RangeMinimum(1), RangeMaximum(1000000)]
    public int? ToolCallsPerMinutePerClient { get; init; }
}

/// <summary>Metrics and traces.</summary>
public sealed record TelemetrySettings
{
    /// <summary>Metrics that Prometheus scrapes.</summary>
    public PrometheusSettings? Prometheus { get; init; }

    /// <summary>Traces and metrics that are sent to a collector.</summary>
    public OpenTelemetrySettings? OpenTelemetry { get; init; }
}

/// <summary>Metrics that Prometheus scrapes.</summary>
public sealed record PrometheusSettings
{
    /// <summary>Whether a ServiceMonitor is made.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How often to scrape, such as <c>30s</c>; absent: from the operator's configuration.</summary>
    [Length(2, 16), Pattern("^([0-9]+(ms|s|m|h))+$")]
    public string? Interval { get; init; }
}

/// <summary>Traces and metrics that are sent to a collector.</summary>
public sealed record OpenTelemetrySettings
{
    /// <summary>The collector's OTLP address.</summary>
    [Length(1, 2048), Pattern("^https?://.+")]
    public required string Endpoint { get; init; }

    /// <summary>Whether the connection may go without TLS.</summary>
    public bool Insecure { get; init; }

    /// <summary>A Secret's key whose value (<c>name=value,name=value</c>) goes along as headers.</summary>
    public V1KeySelector? HeadersFrom { get; init; }
}

/// <summary>The record of every call.</summary>
public sealed record AuditSettings
{
    /// <summary>Whether calls are recorded.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether the calls' arguments stand in the record. They may hold secrets.</summary>
    public bool IncludeArguments { get; init; }
}

/// <summary>Whether changes wait for a person.</summary>
public sealed record ReviewSettings
{
    /// <summary>Whether a version that says something different to the model is held; absent: from the operator's configuration.</summary>
    public ReviewPolicy? Policy { get; init; }
}

/// <summary>Whether changes wait for a person, from strict to lax.</summary>
public enum ReviewPolicy
{
    /// <summary>They wait.</summary>
    Required,

    /// <summary>They go live.</summary>
    Automatic,
}
