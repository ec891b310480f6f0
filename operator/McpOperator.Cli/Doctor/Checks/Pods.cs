using System.Globalization;
using System.Runtime.CompilerServices;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>
/// What only pods can find out: whether nodes can pull the images, and whether anybody enforces NetworkPolicies. Two pods listen, one of
/// them behind a policy that lets nobody in, and a third one asks both. They run the operator's own image in its namespace, and go afterwards.
/// </summary>
internal sealed class Pods(TimeSpan patience) : ICheck
{
    private const string Prefix = "mcp-operator-doctor", Open = Prefix + "-open", Closed = Prefix + "-closed", Asks = Prefix + "-asks", Proxy = Prefix + "-proxy";
    private const int Port = 8099;

    private static readonly ResourceType Pod = ResourceType.Of<V1Pod>(), Policy = ResourceType.Of<V1NetworkPolicy>();
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    public string Name => "pods";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [EnumeratorCancellation] CancellationToken ct)
    {
        if (await patient.Client.GetAsync<V1Deployment>(WebhooksAnswer.Configuration, patient.Namespace, ct) is not { Spec.Template.Spec: { Containers: [var container, ..] } template })
        {
            yield return Finding.Warning($"There is no Deployment {patient.Namespace}/{WebhooksAnswer.Configuration} whose image could be run.", "Say with --namespace where the operator is installed.");
            yield break;
        }

        var findings = new List<Finding>();
        try
        {
            await CleanAsync(patient, ct);
            findings.AddRange(await TryAsync(patient, container.Image, template.ImagePullSecrets ?? [], ct));
        }
        finally
        {
            // Also when somebody has lost patience.
            await CleanAsync(patient, CancellationToken.None);
        }

        foreach (var finding in findings)
        {
            yield return finding;
        }
    }

    private async Task<IReadOnlyList<Finding>> TryAsync(Patient patient, string image, IReadOnlyList<V1LocalObjectReference> secrets, CancellationToken ct)
    {
        await MakeAsync(patient, Policy, Closed, new { podSelector = new { matchLabels = new Dictionary<string, string> { [Labelled] = Closed } }, policyTypes = (string[])["Ingress"] }, ct);
        var listens = Port.ToString(CultureInfo.InvariantCulture);
        await RunAsync(patient, Open, image, secrets, [ProbeCommand.Name, "listen", listens], ct);
        await RunAsync(patient, Closed, image, secrets, [ProbeCommand.Name, "listen", listens], ct);
        await RunAsync(patient, Proxy, patient.Configuration.Proxy.Image, secrets, [], ct);

        var findings = new List<Finding> { Pulled(await UntilAsync(patient, Proxy, HasStarted, ct), patient.Configuration.Proxy.Image, "Correct proxy.image in the operator's configuration; servers' pods pull it with the tenants' imagePullSecrets, or with what the nodes know.") };
        var (open, closed) = (await UntilAsync(patient, Open, IsListening, ct), await UntilAsync(patient, Closed, IsListening, ct));
        findings.Add(Pulled(open, image, "Look at the Deployment's image and imagePullSecrets."));
        if (open?.Status?.PodIP is not { } openAddress || closed?.Status?.PodIP is not { } closedAddress || !IsListening(open) || !IsListening(closed))
        {
            findings.Add(Finding.Warning("Whether NetworkPolicies are enforced could not be tried: pods do not start.", $"kubectl -n {patient.Namespace} describe pods"));
            return findings;
        }

        await RunAsync(patient, Asks, image, secrets, [ProbeCommand.Name, "connect", $"{openAddress}:{Port}", $"{closedAddress}:{Port}"], ct);
        findings.Add(Enforced((await UntilAsync(patient, Asks, p => StateOf(p)?.Terminated is not null, ct)) is { } asked ? StateOf(asked)?.Terminated?.ExitCode : null));
        return findings;
    }

    private static Finding Enforced(int? code) => code switch
    {
        ProbeCommand.OnlyTheFirst => Finding.Ok("NetworkPolicies are enforced: a pod that a policy closes cannot be reached."),
        ProbeCommand.Both => Finding.Problem(
            "Nobody enforces NetworkPolicies: a pod that a policy closes can be reached. Servers are not isolated, whatever their policies say.",
            "Install a network plug-in that enforces them, such as Calico or Cilium; kind's and k3d's own do not, or not fully."),
        ProbeCommand.Neither => Finding.Warning(
            "A pod that no policy closes cannot be reached by another one, so nothing is known of NetworkPolicies.", "Look whether another policy closes the operator's namespace, and at the network plug-in."),
        _ => Finding.Warning($"Whether NetworkPolicies are enforced could not be tried: the pod that asks {(code is null ? "does not end" : $"ended with {code}")}.", "The operator in the cluster has to be of this version; look at its image."),
    };

    private static Finding Pulled(V1Pod? pod, string image, string fix) => StateOf(pod) switch
    {
        { Waiting: { Reason: "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull" } waiting } => Finding.Problem($"A node cannot pull {image}: {waiting.Message ?? waiting.Reason}", fix),
        null or { Waiting: not null } => Finding.Warning($"No node has started a pod with {image} in time{(pod?.Status?.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "False" })?.Message is { } why ? $": {why}" : "")}.", "Are there nodes that are ready? kubectl get nodes"),
        _ => Finding.Ok($"A node could pull {image}."),
    };

    private const string Labelled = "app.kubernetes.io/name";

    private static bool IsListening(V1Pod pod) => pod.Status is { Phase: "Running", PodIP.Length: > 0 };

    private static bool HasStarted(V1Pod pod) => StateOf(pod) is { Waiting: null };

    private static V1ContainerState? StateOf(V1Pod? pod) => pod?.Status?.ContainerStatuses is [{ State: { } state }, ..] ? state : null;

    /// <summary>A pod when it is as wanted, or cannot come to be so; what there is of it when patience is at its end.</summary>
    private async Task<V1Pod?> UntilAsync(Patient patient, string name, Func<V1Pod, bool> wanted, CancellationToken ct)
    {
        var began = patient.Time.GetTimestamp();
        while (true)
        {
            var pod = await patient.Client.GetAsync<V1Pod>(name, patient.Namespace, ct);
            if (pod is null || wanted(pod) || StateOf(pod)?.Waiting?.Reason is "ImagePullBackOff" or "InvalidImageName" || patient.Time.GetElapsedTime(began) > patience)
            {
                return pod;
            }

            await Task.Delay(Pause, patient.Time, ct);
        }
    }

    /// <summary>As Pod Security "restricted" wants it.</summary>
    private static Task<AppliedObject> RunAsync(Patient patient, string name, string image, IReadOnlyList<V1LocalObjectReference> secrets, IReadOnlyList<string> arguments, CancellationToken ct) => MakeAsync(patient, Pod, name, new
    {
        restartPolicy = "Never",
        automountServiceAccountToken = false,
        imagePullSecrets = secrets,
        terminationGracePeriodSeconds = 0,
        securityContext = new { runAsNonRoot = true, seccompProfile = new { type = "RuntimeDefault" } },
        containers = (object[])
        [
            new
            {
                name = "probe",
                image,
                args = arguments,
                resources = new { requests = new { cpu = "10m", memory = "64Mi" }, limits = new { memory = "256Mi" } },
                securityContext = new { allowPrivilegeEscalation = false, readOnlyRootFilesystem = true, runAsUser = 65532, capabilities = new { drop = (string[])["ALL"] } },
            },
        ],
    }, ct);

    private static Task<AppliedObject> MakeAsync(Patient patient, ResourceType type, string name, object spec, CancellationToken ct) => patient.Client.CreateAsync(
        type, patient.Namespace, name,
        KubernetesJson.SerializeToUtf8Bytes(new { apiVersion = type.ApiVersion, kind = type.Kind, metadata = new { name, labels = new Dictionary<string, string> { [Labelled] = name } }, spec }), Prefix, ct);

    private static async Task CleanAsync(Patient patient, CancellationToken ct)
    {
        foreach (var name in (string[])[Open, Closed, Asks, Proxy])
        {
            await patient.Client.DeleteAsync(Pod, patient.Namespace, name, new V1DeleteOptions { GracePeriodSeconds = 0 }, ct);
        }

        await patient.Client.DeleteAsync(Policy, patient.Namespace, Closed, null, ct);
    }
}
