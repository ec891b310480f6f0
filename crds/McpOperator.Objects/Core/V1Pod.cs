using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>A pod. We read pods and never write one.</summary>
[KubernetesEntity(Kind = "Pod", PluralName = "pods")]
public sealed record V1Pod : KubernetesEntity
{
    /// <summary>How the pod fares.</summary>
    public V1PodStatus? Status { get; init; }
}

/// <summary>How a pod fares.</summary>
public sealed record V1PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; init; }

    /// <summary>The pod's address; absent until it has one.</summary>
    [JsonPropertyName("podIP")]
    public string? PodIP { get; init; }

    /// <summary>Why the pod is in its phase.</summary>
    public string? Message { get; init; }

    /// <summary>How the init containers fare.</summary>
    public IReadOnlyList<V1ContainerStatus>? InitContainerStatuses { get; init; }

    /// <summary>How the containers fare.</summary>
    public IReadOnlyList<V1ContainerStatus>? ContainerStatuses { get; init; }

    /// <summary>Scheduled, initialised, ready.</summary>
    public IReadOnlyList<V1ObservedCondition>? Conditions { get; init; }
}

/// <summary>How one container fares.</summary>
public sealed record V1ContainerStatus
{
    /// <summary>The container's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it passes its readiness probe.</summary>
    public bool Ready { get; init; }

    /// <summary>How often it was started again.</summary>
    public int RestartCount { get; init; }

    /// <summary>What it does now.</summary>
    public V1ContainerState? State { get; init; }

    /// <summary>What it did before it was started again.</summary>
    public V1ContainerState? LastState { get; init; }
}

/// <summary>What a container does: one of the members is set.</summary>
public sealed record V1ContainerState
{
    /// <summary>Why it does not run yet.</summary>
    public V1ContainerStateWaiting? Waiting { get; init; }

    /// <summary>How it ended.</summary>
    public V1ContainerStateTerminated? Terminated { get; init; }
}

/// <summary>Why a container does not run yet.</summary>
public sealed record V1ContainerStateWaiting
{
    /// <summary><c>ImagePullBackOff</c>, <c>CrashLoopBackOff</c> …</summary>
    public string? Reason { get; init; }

    /// <summary>The reason in words.</summary>
    public string? Message { get; init; }
}

/// <summary>How a container ended.</summary>
public sealed record V1ContainerStateTerminated
{
    /// <summary>The process's exit code.</summary>
    public int ExitCode { get; init; }

    /// <summary><c>Error</c>, <c>OOMKilled</c>, <c>Completed</c> …</summary>
    public string? Reason { get; init; }

    /// <summary>The reason in words.</summary>
    public string? Message { get; init; }
}

/// <summary>What to run: a pod's containers and what they share.</summary>
public record V1PodSpec
{
    /// <summary>The account as which the pod speaks to the API server.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>Whether every container gets that account's token.</summary>
    public bool? AutomountServiceAccountToken { get; init; }

    /// <summary>Whether Services of the namespace become environment variables.</summary>
    public bool? EnableServiceLinks { get; init; }

    /// <summary>Credentials with which the node pulls images.</summary>
    public IReadOnlyList<V1LocalObjectReference>? ImagePullSecrets { get; init; }

    /// <summary>Security settings of the pod as a whole.</summary>
    public V1PodSecurityContext? SecurityContext { get; init; }

    /// <summary>Containers that run to their end before the others start.</summary>
    public IReadOnlyList<V1Container>? InitContainers { get; init; }

    /// <summary>The containers.</summary>
    public IReadOnlyList<V1Container> Containers { get; init; } = [];

    /// <summary>Volumes that containers mount.</summary>
    public IReadOnlyList<V1Volume>? Volumes { get; init; }

    /// <summary>Seconds between the request to stop and the kill.</summary>
    public long? TerminationGracePeriodSeconds { get; init; }
}

/// <summary>A pod's metadata and what it runs.</summary>
public sealed record V1PodTemplateSpec
{
    /// <summary>Labels and annotations of the pods.</summary>
    public V1TemplateMeta Metadata { get; init; } = new();

    /// <summary>What the pods run.</summary>
    public V1PodSpec Spec { get; init; } = new();
}

/// <summary>The part of metadata that a template has.</summary>
public sealed record V1TemplateMeta
{
    /// <summary>A name, where the template's kind allows one.</summary>
    public string? Name { get; init; }

    /// <summary>Keys for selection.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Notes.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}

/// <summary>One container.</summary>
public sealed record V1Container
{
    /// <summary>Unique within the pod.</summary>
    public required string Name { get; init; }

    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary><c>IfNotPresent</c>, <c>Always</c> or <c>Never</c>.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Replaces the image's entrypoint.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Replaces the image's arguments.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Environment variables.</summary>
    public IReadOnlyList<V1EnvVar>? Env { get; init; }

    /// <summary>Whole ConfigMaps and Secrets as environment variables.</summary>
    public IReadOnlyList<V1EnvFromSource>? EnvFrom { get; init; }

    /// <summary>Declared ports.</summary>
    public IReadOnlyList<V1ContainerPort>? Ports { get; init; }

    /// <summary>What it asks for and may use at most.</summary>
    public V1ResourceRequirements? Resources { get; init; }

    /// <summary>Where volumes appear.</summary>
    public IReadOnlyList<V1VolumeMount>? VolumeMounts { get; init; }

    /// <summary>Whether it may get requests.</summary>
    public V1Probe? ReadinessProbe { get; init; }

    /// <summary>Whether it has to be started again.</summary>
    public V1Probe? LivenessProbe { get; init; }

    /// <summary>What happens before it ends.</summary>
    public V1Lifecycle? Lifecycle { get; init; }

    /// <summary>What the process may do.</summary>
    public V1SecurityContext? SecurityContext { get; init; }
}

/// <summary>A declared port.</summary>
public sealed record V1ContainerPort
{
    /// <summary>The port's name.</summary>
    public string? Name { get; init; }

    /// <summary>The port's number.</summary>
    public int ContainerPort { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string? Protocol { get; init; }
}

/// <summary>A check that the node makes.</summary>
public sealed record V1Probe
{
    /// <summary>An HTTP request that must be answered with a success.</summary>
    public V1HTTPGetAction? HttpGet { get; init; }

    /// <summary>Seconds before the first check.</summary>
    public int? InitialDelaySeconds { get; init; }

    /// <summary>Seconds between checks.</summary>
    public int? PeriodSeconds { get; init; }

    /// <summary>Seconds until a check counts as failed.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Failures in a row that count.</summary>
    public int? FailureThreshold { get; init; }
}

/// <summary>What happens at turns of a container's life.</summary>
public sealed record V1Lifecycle
{
    /// <summary>Done, and waited for, before the container is told to stop.</summary>
    public V1LifecycleHandler? PreStop { get; init; }
}

/// <summary>One thing that is done at a turn of a container's life.</summary>
public sealed record V1LifecycleHandler
{
    /// <summary>An HTTP request; its answer is waited for.</summary>
    public V1HTTPGetAction? HttpGet { get; init; }
}

/// <summary>An HTTP request.</summary>
public sealed record V1HTTPGetAction
{
    /// <summary>The path.</summary>
    public string? Path { get; init; }

    /// <summary>The port.</summary>
    public IntOrString Port { get; init; }
}

/// <summary>What a container's process may do.</summary>
public sealed record V1SecurityContext
{
    /// <summary>Whether a child may gain more rights than its parent.</summary>
    public bool? AllowPrivilegeEscalation { get; init; }

    /// <summary>Kernel capabilities.</summary>
    public V1Capabilities? Capabilities { get; init; }

    /// <summary>Whether the image's file system is read-only.</summary>
    public bool? ReadOnlyRootFilesystem { get; init; }

    /// <summary>Whether a root user is refused.</summary>
    public bool? RunAsNonRoot { get; init; }

    /// <summary>The user's number.</summary>
    public long? RunAsUser { get; init; }

    /// <summary>The group's number.</summary>
    public long? RunAsGroup { get; init; }

    /// <summary>The filter on system calls.</summary>
    public V1SeccompProfile? SeccompProfile { get; init; }
}

/// <summary>Security settings of a pod as a whole.</summary>
public sealed record V1PodSecurityContext
{
    /// <summary>Whether root users are refused.</summary>
    public bool? RunAsNonRoot { get; init; }

    /// <summary>The filter on system calls.</summary>
    public V1SeccompProfile? SeccompProfile { get; init; }
}

/// <summary>Kernel capabilities.</summary>
public sealed record V1Capabilities
{
    /// <summary>Those taken away; <c>ALL</c> takes all.</summary>
    public IReadOnlyList<string>? Drop { get; init; }
}

/// <summary>The filter on system calls.</summary>
public sealed record V1SeccompProfile
{
    /// <summary><c>RuntimeDefault</c>, <c>Unconfined</c> or <c>Localhost</c>.</summary>
    public required string Type { get; init; }
}

/// <summary>A container's part of a node: what it asks for and what it may use at most.</summary>
public sealed record V1ResourceRequirements
{
    /// <summary>The most that the container may use, by resource name (<c>cpu</c>, <c>memory</c>).</summary>
    [Items(0, 16)]
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }

    /// <summary>What the scheduler sets aside, by resource name.</summary>
    [Items(0, 16)]
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }
}

/// <summary>Points at an object in the same namespace.</summary>
public sealed record V1LocalObjectReference
{
    /// <summary>The object's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }
}

/// <summary>An environment variable: a value, or a place where the value is found.</summary>
public sealed record V1EnvVar
{
    /// <summary>The variable's name.</summary>
    [Length(1, 253), Pattern("^[-._a-zA-Z][-._a-zA-Z0-9]*$")]
    public required string Name { get; init; }

    /// <summary>The value.</summary>
    [Length(0, 32768)]
    public string? Value { get; init; }

    /// <summary>Where the value is found; not together with a value.</summary>
    public V1EnvVarSource? ValueFrom { get; init; }
}

/// <summary>Where an environment variable's value is found: one of the members is set.</summary>
public sealed record V1EnvVarSource
{
    /// <summary>A key of a ConfigMap.</summary>
    public V1KeySelector? ConfigMapKeyRef { get; init; }

    /// <summary>A key of a Secret.</summary>
    public V1KeySelector? SecretKeyRef { get; init; }
}

/// <summary>A key of a ConfigMap or Secret in the same namespace.</summary>
public sealed record V1KeySelector
{
    /// <summary>The object's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>The key.</summary>
    [Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$")]
    public required string Key { get; init; }

    /// <summary>Whether the container starts without it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A whole ConfigMap or Secret as environment variables: one of the members is set.</summary>
public sealed record V1EnvFromSource
{
    /// <summary>Put before each name.</summary>
    [Length(0, 253), Pattern("^([-._a-zA-Z][-._a-zA-Z0-9]*)?$")]
    public string? Prefix { get; init; }

    /// <summary>A ConfigMap.</summary>
    public V1EnvFromReference? ConfigMapRef { get; init; }

    /// <summary>A Secret.</summary>
    public V1EnvFromReference? SecretRef { get; init; }
}

/// <summary>A ConfigMap or Secret in the same namespace.</summary>
public sealed record V1EnvFromReference
{
    /// <summary>The object's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>Whether the container starts without it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A volume: one of the sources is set.</summary>
public sealed record V1Volume
{
    /// <summary>Unique within the pod.</summary>
    [Length(1, 63), Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>Files from a ConfigMap.</summary>
    public V1ConfigMapVolumeSource? ConfigMap { get; init; }

    /// <summary>Files from a Secret.</summary>
    public V1SecretVolumeSource? Secret { get; init; }

    /// <summary>Files from several sources.</summary>
    public V1ProjectedVolumeSource? Projected { get; init; }

    /// <summary>An empty folder that lives as long as the pod.</summary>
    public V1EmptyDirVolumeSource? EmptyDir { get; init; }
}

/// <summary>Files from a ConfigMap.</summary>
public sealed record V1ConfigMapVolumeSource
{
    /// <summary>The ConfigMap's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>Which keys become which files; absent: all.</summary>
    [Items(0, 256)]
    public IReadOnlyList<V1KeyToPath>? Items { get; init; }

    /// <summary>Whether the pod starts without it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>Files from a Secret.</summary>
public sealed record V1SecretVolumeSource
{
    /// <summary>The Secret's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string SecretName { get; init; }

    /// <summary>Which keys become which files; absent: all.</summary>
    [Items(0, 256)]
    public IReadOnlyList<V1KeyToPath>? Items { get; init; }

    /// <summary>Whether the pod starts without it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>Files from several sources in one folder.</summary>
public sealed record V1ProjectedVolumeSource
{
    /// <summary>The sources.</summary>
    [Items(0, 32)]
    public IReadOnlyList<V1VolumeProjection> Sources { get; init; } = [];
}

/// <summary>One source of a projected volume: one of the members is set.</summary>
public sealed record V1VolumeProjection
{
    /// <summary>Files from a ConfigMap.</summary>
    public V1ProjectionSource? ConfigMap { get; init; }

    /// <summary>Files from a Secret.</summary>
    public V1ProjectionSource? Secret { get; init; }

    /// <summary>A token of the pod's account, bound to the pod and renewed by the node.</summary>
    public V1ServiceAccountTokenProjection? ServiceAccountToken { get; init; }
}

/// <summary>Files from a ConfigMap or Secret.</summary>
public sealed record V1ProjectionSource
{
    /// <summary>The object's name.</summary>
    [Length(1, 253), Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>Which keys become which files; absent: all.</summary>
    [Items(0, 256)]
    public IReadOnlyList<V1KeyToPath>? Items { get; init; }

    /// <summary>Whether the pod starts without it.</summary>
    public bool? Optional { get; init; }
}

/// <summary>A token of the pod's account.</summary>
public sealed record V1ServiceAccountTokenProjection
{
    /// <summary>Who may accept the token; absent: the API server.</summary>
    [Length(1, 2048)]
    public string? Audience { get; init; }

    /// <summary>Seconds until the token expires.</summary>
    [RangeMinimum(600), RangeMaximum(4294967296)]
    public long? ExpirationSeconds { get; init; }

    /// <summary>The token's file, relative to the volume.</summary>
    [Length(1, 1024), Pattern("^[^/].*$")]
    public required string Path { get; init; }
}

/// <summary>A key that becomes a file.</summary>
public sealed record V1KeyToPath
{
    /// <summary>The key.</summary>
    [Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$")]
    public required string Key { get; init; }

    /// <summary>The file, relative to the volume.</summary>
    [Length(1, 1024), Pattern("^[^/].*$")]
    public required string Path { get; init; }
}

/// <summary>An empty folder.</summary>
public sealed record V1EmptyDirVolumeSource
{
    /// <summary><c>Memory</c> for a folder in memory; empty for the node's disk.</summary>
    [Length(0, 6), Pattern("^(Memory)?$")]
    public string? Medium { get; init; }

    /// <summary>How large it may grow.</summary>
    public Quantity? SizeLimit { get; init; }
}

/// <summary>Where a volume appears in a container.</summary>
public sealed record V1VolumeMount
{
    /// <summary>The volume's name.</summary>
    [Length(1, 63), Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>The absolute path in the container.</summary>
    [Length(1, 1024), Pattern("^/[^:]*$")]
    public required string MountPath { get; init; }

    /// <summary>A path within the volume.</summary>
    [Length(1, 1024), Pattern("^[^/].*$")]
    public string? SubPath { get; init; }

    /// <summary>Whether writing is refused.</summary>
    [JsonPropertyName("readOnly")]
    public bool? ReadOnlyProperty { get; init; }
}
