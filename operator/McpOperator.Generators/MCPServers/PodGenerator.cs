using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// A server's pod: the proxy, which has the only port, and the server beside it, which nobody reaches but the proxy on loopback. Both
/// are hardened container by container, because Knative does not let a pod be hardened as a whole (features.go, podspec-securitycontext).
/// </summary>
internal static class PodGenerator
{
    public const string ProxyContainer = "mcp-proxy";
    public const string ServerContainer = "mcp-server";

    private const string PolicyVolume = "mcp-policy";
    private const string SessionVolume = "mcp-session";
    private const string LimitsVolume = "mcp-limits";
    private const string IdentityVolume = "mcp-identity";
    private const string BridgeVolume = "mcp-bridge";

    private const string PolicyPath = "/etc/mcp/policy";
    private const string SessionPath = "/etc/mcp/session";
    private const string LimitsPath = "/etc/mcp/limits";
    private const string IdentityPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string BridgePath = "/mcp";

    /// <summary>Kubernetes gives no shorter token than this.</summary>
    private const long TokenSeconds = 3600;

    /// <summary>The account as which the pod runs.</summary>
    public static string AccountOf(ServerInput input) => input.Server.Spec.ServiceAccountName ?? ChildNames.Workload(input.Name());

    /// <summary>Fills in what a pod is, whatever runs it; the runtime's own settings stay.</summary>
    /// <param name="input">The server.</param>
    /// <param name="spec">The runtime's own settings.</param>
    /// <param name="policy">The name of the pods' policy object.</param>
    public static T Fill<T>(ServerInput input, T spec, string policy) where T : V1PodSpec => (T)((V1PodSpec)spec with
    {
        ServiceAccountName = AccountOf(input),
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        ImagePullSecrets = input.Server.Spec.ImagePullSecrets,
        InitContainers = InitContainers(input),
        Containers = [Proxy(input, policy), Server(input)],
        Volumes = Volumes(input, policy),
    });

    /// <summary>The bridge comes into a stdio server's container by way of a shared folder.</summary>
    private static IReadOnlyList<V1Container>? InitContainers(ServerInput input) => IsStdio(input)
        ?
        [
            new V1Container
            {
                Name = "mcp-bridge",
                Image = input.Configuration.Proxy.Image,
                Args = ["install", BridgePath],
                Resources = Ordered(input.Configuration.Proxy.Resources),
                VolumeMounts = [new() { Name = BridgeVolume, MountPath = BridgePath }],
                SecurityContext = Hardened(input, readOnlyRoot: true),
            },
        ]
        : null;

    private static IReadOnlyList<V1Volume> Volumes(ServerInput input, string policy) =>
    [
        // Optional: the proxy answers 503 without a policy, which says more than a pod that does not start.
        new() { Name = PolicyVolume, ConfigMap = new() { Name = policy, Optional = true } },
        new() { Name = SessionVolume, Secret = new() { SecretName = ChildNames.Session(input.Name()), Optional = true } },
        new()
        {
            Name = IdentityVolume,
            Projected = new()
            {
                Sources =
                [
                    new() { ServiceAccountToken = new() { Path = "token", ExpirationSeconds = TokenSeconds } },
                    new() { ConfigMap = new() { Name = "kube-root-ca.crt", Items = [new() { Key = "ca.crt", Path = "ca.crt" }] } },
                ],
            },
        },
        // Optional: without it the counters count as away, which the configuration has an answer to.
        .. LimitsLogin(input) is { } login ? [new V1Volume { Name = LimitsVolume, Secret = new() { SecretName = login, Optional = true } }] : Array.Empty<V1Volume>(),
        .. IsStdio(input) ? [new V1Volume { Name = BridgeVolume, EmptyDir = new() }] : Array.Empty<V1Volume>(),
        .. input.Server.Spec.Volumes ?? [],
    ];

    private static V1Container Proxy(ServerInput input, string policy) => new()
    {
        Name = ProxyContainer,
        Image = input.Configuration.Proxy.Image,
        Args =
        [
            "serve",
            $"--namespace={input.Server.Metadata.NamespaceProperty}",
            $"--policy={policy}",
            $"--policy-file={PolicyPath}/{PolicyConfigMapGenerator.Key}",
            $"--session-key-file={SessionPath}/key",
            .. LimitsLogin(input) is null ? Array.Empty<string>() : [$"--limits-login={LimitsPath}"],
            $"--upstream={Upstream(input)}",
            $"--upstream-transport={(input.Server.Spec.Transport == Transport.Sse ? "sse" : "streamable-http")}",
        ],
        Env = TelemetryVariables(input),
        Ports = [new() { Name = "http1", ContainerPort = Ports.Proxy, Protocol = "TCP" }],
        Resources = Ordered(input.Configuration.Proxy.Resources),
        // Ready means that the server has completed a handshake. Knative allows a probe on the serving container only.
        ReadinessProbe = new() { HttpGet = new() { Path = "/readyz", Port = Ports.Proxy }, PeriodSeconds = 2, TimeoutSeconds = 2 },
        VolumeMounts =
        [
            new() { Name = PolicyVolume, MountPath = PolicyPath, ReadOnlyProperty = true },
            new() { Name = SessionVolume, MountPath = SessionPath, ReadOnlyProperty = true },
            .. LimitsLogin(input) is null ? Array.Empty<V1VolumeMount>() : [new() { Name = LimitsVolume, MountPath = LimitsPath, ReadOnlyProperty = true }],
            new() { Name = IdentityVolume, MountPath = IdentityPath, ReadOnlyProperty = true },
        ],
        SecurityContext = Hardened(input, readOnlyRoot: true),
    };

    /// <summary>
    /// The Secret with which the proxy logs in to the shared counters. Not by whether this server has limits: those are a brake, and hold
    /// without new pods.
    /// </summary>
    private static string? LimitsLogin(ServerInput input) => input.Configuration.Quotas.SharedLimits is { Url: not null, SecretName: { } name } ? name : null;

    private static V1Container Server(ServerInput input)
    {
        var spec = input.Server.Spec;
        return new V1Container
        {
            Name = ServerContainer,
            Image = spec.Image,
            Command = IsStdio(input) ? BridgeCommand(input) : spec.Command,
            Args = IsStdio(input) ? BridgedArguments(input) : spec.Args,
            Env = ServerVariables(spec),
            EnvFrom = spec.EnvFrom,
            Resources = Ordered(spec.Resources),
            VolumeMounts = NoneIfEmpty<V1VolumeMount>(
            [
                .. IsStdio(input) ? [new() { Name = BridgeVolume, MountPath = BridgePath, ReadOnlyProperty = true }] : Array.Empty<V1VolumeMount>(),
                .. spec.ServiceAccountName is null ? Array.Empty<V1VolumeMount>() : [new() { Name = IdentityVolume, MountPath = IdentityPath, ReadOnlyProperty = true }],
                .. (spec.VolumeMounts ?? []).Select(mount => AsKnativeStoresIt(mount, spec)),
            ]),
            SecurityContext = Hardened(input, readOnlyRoot: null),
            Lifecycle = HoldsBack(input),
        };
    }

    /// <summary>
    /// All containers of a pod are told to stop at once, and clients still come for a moment: the server waits for its proxy. Knative holds
    /// all containers back itself, and takes no other hook. Kubelets before 1.27 put a slash before the path, whatever it begins with.
    /// </summary>
    private static V1Lifecycle? HoldsBack(ServerInput input) => input.Runtime != RuntimeKind.Deployment ? null : new()
    {
        PreStop = new() { HttpGet = new() { Path = ProxyPaths.Drain.TrimStart('/'), Port = Ports.ProxyMetrics } },
    };

    /// <summary>The bridge starts what the image would have started, one process for each session.</summary>
    private static IReadOnlyList<string> BridgeCommand(ServerInput input)
    {
        var spec = input.Server.Spec;
        var stdio = spec.Stdio ?? new StdioSettings();
        return
        [
            $"{BridgePath}/mcp-proxy",
            "bridge",
            $"--listen=127.0.0.1:{Ports.Bridge}",
            $"--processes={(stdio.ProcessPerSession ? "session" : "shared")}",
            $"--max-processes={stdio.MaxProcesses}",
            $"--idle-timeout={stdio.IdleTimeoutSeconds}s",
            "--",
            .. spec.Command is { Count: > 0 } command ? command : Literally(input.ImageEntrypoint),
        ];
    }

    /// <summary>A spec's command replaces the image's entrypoint and arguments, a spec's arguments the image's arguments, as in any pod.</summary>
    private static IReadOnlyList<string>? BridgedArguments(ServerInput input) =>
        input.Server.Spec is { Command: not { Count: > 0 }, Args: not { Count: > 0 } } ? NoneIfEmpty(Literally(input.ImageCmd)) : input.Server.Spec.Args;

    /// <summary>Kubernetes would put variables in for $(NAME) in a pod's words, which it does not do in an image's.</summary>
    private static IReadOnlyList<string> Literally(IReadOnlyList<string> words) => [.. words.Select(word => word.Replace("$", "$$", StringComparison.Ordinal))];

    private static string Upstream(ServerInput input) => IsStdio(input)
        ? $"http://127.0.0.1:{Ports.Bridge}/mcp"
        : $"http://127.0.0.1:{input.Server.Spec.TargetPort}{input.Server.Spec.EffectivePath}";

    private static IReadOnlyList<V1EnvVar>? ServerVariables(MCPServerSpec spec) => NoneIfEmpty<V1EnvVar>(
    [
        .. spec.Env ?? [],
        .. (spec.Secrets ?? []).Select(secret => new V1EnvVar
        {
            Name = secret.TargetEnvName ?? secret.Key,
            ValueFrom = new() { SecretKeyRef = new() { Name = secret.Name, Key = secret.Key } },
        }),
    ]);

    private static IReadOnlyList<V1EnvVar>? TelemetryVariables(ServerInput input)
    {
        if (input.Server.Spec.Telemetry?.OpenTelemetry is not { } telemetry)
        {
            return null;
        }

        return
        [
            new() { Name = "OTEL_EXPORTER_OTLP_ENDPOINT", Value = telemetry.Endpoint },
            new() { Name = "OTEL_EXPORTER_OTLP_INSECURE", Value = telemetry.Insecure ? "true" : "false" },
            new() { Name = "OTEL_SERVICE_NAME", Value = input.Name() },
            .. telemetry.HeadersFrom is { } headers
                ? [new V1EnvVar { Name = "OTEL_EXPORTER_OTLP_HEADERS", ValueFrom = new() { SecretKeyRef = headers } }]
                : Array.Empty<V1EnvVar>(),
        ];
    }

    private static V1SecurityContext Hardened(ServerInput input, bool? readOnlyRoot)
    {
        var user = input.Configuration.Hardening.RunAsUser;
        return new V1SecurityContext
        {
            AllowPrivilegeEscalation = false,
            Capabilities = new() { Drop = ["ALL"] },
            ReadOnlyRootFilesystem = readOnlyRoot,
            RunAsNonRoot = true,
            RunAsUser = user == 0 ? null : user,
            SeccompProfile = new() { Type = "RuntimeDefault" },
        };
    }

    /// <summary>
    /// Only empty folders can be written to. Knative says so in what it stores (readOnly: true); what we want must not differ from that
    /// for ever.
    /// </summary>
    private static V1VolumeMount AsKnativeStoresIt(V1VolumeMount mount, MCPServerSpec spec) =>
        (spec.Volumes ?? []).Any(volume => volume.Name == mount.Name && volume.EmptyDir is null) ? mount with { ReadOnlyProperty = true } : mount;

    /// <summary>The API server orders the keys of mappings; a file may not have.</summary>
    private static V1ResourceRequirements? Ordered(V1ResourceRequirements? resources) => resources is null ? null : resources with
    {
        Limits = Ordered(resources.Limits),
        Requests = Ordered(resources.Requests),
    };

    private static SortedDictionary<string, Quantity>? Ordered(IReadOnlyDictionary<string, Quantity>? amounts) =>
        amounts is null ? null : new(amounts.ToDictionary(), StringComparer.Ordinal);

    private static IReadOnlyList<T>? NoneIfEmpty<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;

    private static bool IsStdio(ServerInput input) => input.Server.Spec.Transport == Transport.Stdio;
}
