using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>Whether a server's workload runs, read from the Knative Service or from the Deployment and its pods.</summary>
/// <param name="IsReady">Whether it runs; nothing while that is not known yet.</param>
/// <param name="Reason">Why not, for machines.</param>
/// <param name="Message">Why not, for people.</param>
/// <param name="Url">The address that clients use, once it runs.</param>
/// <param name="Revision">The Knative revision or the Deployment that runs it.</param>
internal sealed record WorkloadState(bool? IsReady, string Reason, string Message, string? Url = null, string? Revision = null)
{
    /// <summary>The path under which the proxy serves, whatever the server's own path is.</summary>
    private const string ClientPath = "/mcp";

    public static WorkloadState No(string reason, string message) => new(false, reason, message);

    private static WorkloadState NotYet(string message) => new(null, Reasons.Progressing, message);

    /// <summary>
    /// A Knative Service's own Ready is not what we need: with a good revision serving and a broken newest one, such as a candidate, it is
    /// False, and it speaks of an older spec until the generations agree. What clients get is decided by the routes.
    /// </summary>
    /// <param name="document">The Knative Service.</param>
    /// <param name="wanted">The revision that shall serve.</param>
    public static WorkloadState OfKnative(KubernetesDocument? document, string wanted)
    {
        if (document?.Deserialize<KnativeService>() is not { Status: { } status } service || status.ObservedGeneration != service.Metadata.Generation)
        {
            return NotYet("Waits for Knative to look at the Knative Service.");
        }

        var configurations = status.Conditions?.FirstOrDefault(c => c.Type == "ConfigurationsReady");
        var routes = status.Conditions?.FirstOrDefault(c => c.Type == "RoutesReady");
        var serving = status.Traffic?.Where(t => t.Percent > 0).Select(t => t.RevisionName).FirstOrDefault(name => name is not null);
        if (routes?.Status == "True" && serving == wanted && status.Url is { } url)
        {
            return new(true, Reasons.Ready, "", url + ClientPath, serving);
        }

        if (configurations?.Status == "False" && status.LatestCreatedRevisionName == wanted)
        {
            var instead = serving is null || serving == wanted ? "" : $" Revision {serving} keeps serving.";
            return new(false, Reasons.RevisionFailed, $"Revision {wanted} failed ({configurations.Reason}): {configurations.Message}{instead}", Revision: serving);
        }

        return routes?.Status == "False"
            ? new(false, routes.Reason ?? Reasons.RevisionFailed, $"Knative cannot route to the server: {routes.Message}", Revision: serving)
            : NotYet($"Waits for Knative to send the traffic to revision {wanted}.") with { Revision = serving };
    }

    /// <summary>
    /// Whether a revision is there for sure, so that traffic stays pinned to it when the template becomes another one's. It is when it
    /// serves, when it is Knative's newest, or when the template has become another one's before and the route still finds it.
    /// </summary>
    /// <param name="document">The Knative Service.</param>
    /// <param name="revision">The revision.</param>
    public static bool HasRevision(KubernetesDocument? document, string revision)
    {
        if (document?.Deserialize<KnativeService>() is not { Status: { } status } service
            || service.Spec.Traffic?.Any(t => t.Percent == 100 && t.RevisionName == revision) != true
            || status.Conditions?.Any(c => c is { Type: "RoutesReady", Status: "False", Reason: "RevisionMissing" }) == true)
        {
            return false;
        }

        return service.Spec.Template.Metadata.Name != revision
            || status.Traffic?.Any(t => t.Percent > 0 && t.RevisionName == revision) == true
            || status.LatestCreatedRevisionName == revision;
    }

    /// <summary>The address that Knative gave to a version that waits.</summary>
    public static string? CandidateUrl(KubernetesDocument? document) =>
        document?.Deserialize<KnativeService>().Status?.Traffic?.FirstOrDefault(t => t.Tag == Labels.CandidateTrack)?.Url is { } url ? url + ClientPath : null;

    /// <param name="server">The server.</param>
    /// <param name="document">The Deployment.</param>
    /// <param name="pods">Its pods.</param>
    /// <param name="template">The template that shall run.</param>
    public static WorkloadState OfDeployment(MCPServer server, KubernetesDocument? document, IReadOnlyList<V1Pod> pods, string template)
    {
        if (document?.Deserialize<V1Deployment>() is not { Status: { } status } deployment || status.ObservedGeneration != deployment.Metadata.Generation
            || deployment.Spec.Template.Metadata.Labels?.GetValueOrDefault(Labels.Template) != template)
        {
            return NotYet("Waits for Kubernetes to look at the Deployment.");
        }

        var wanted = deployment.Spec.Replicas ?? 1;
        // As long as pods of an older template are there, it may be those that are available (kubectl rollout status looks at the same).
        if (status.UpdatedReplicas >= wanted && status.AvailableReplicas >= wanted && (status.Replicas ?? 0) <= status.UpdatedReplicas)
        {
            var url = $"http://{deployment.Metadata.Name}.{deployment.Metadata.NamespaceProperty}.svc.cluster.local:{server.Spec.Port}{ClientPath}";
            return new(true, Reasons.Ready, "", url, deployment.Metadata.Name);
        }

        if (pods.Where(pod => pod.Metadata.DeletionTimestamp is null && pod.Metadata.Labels?.GetValueOrDefault(Labels.Track) != Labels.CandidateTrack).Select(Trouble).FirstOrDefault(t => t is not null) is { } trouble)
        {
            return trouble;
        }

        return status.Conditions?.FirstOrDefault(c => c is { Type: "ReplicaFailure", Status: "True" }) is { } failure
            ? No(Reasons.ContainerCannotRun, $"Kubernetes cannot make a pod: {failure.Message}")
            : NotYet($"{status.AvailableReplicas ?? 0} of {wanted} pods are ready.");
    }

    private static WorkloadState? Trouble(V1Pod pod)
    {
        foreach (var container in (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []))
        {
            var (reason, message) = (container.State?.Waiting?.Reason, container.State?.Waiting?.Message);
            switch (reason)
            {
                case "ImagePullBackOff" or "ErrImagePull" or "InvalidImageName" or "ErrImageNeverPull":
                    return No(Reasons.ImagePullBackOff, $"Pod {pod.Metadata.Name}, container {container.Name}: the node cannot pull the image: {message}");
                case "CrashLoopBackOff":
                    var last = container.LastState?.Terminated;
                    return No(Reasons.CrashLoopBackOff, $"Pod {pod.Metadata.Name}, container {container.Name}: ended {container.RestartCount} times, last with exit code {last?.ExitCode} ({last?.Reason}); see its log.");
                case "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError":
                    return No(Reasons.ContainerCannotRun, $"Pod {pod.Metadata.Name}, container {container.Name}: {reason}: {message}");
                default:
                    continue;
            }
        }

        return null;
    }
}
