using System.Text.Json.Nodes;
using McpOperator.Api;

namespace McpOperator.TestKit;

/// <summary>Does what Knative's controllers and a node's kubelet do, by writing the statuses that they would write.</summary>
public static class Simulated
{
    /// <summary>Knative has looked at a Knative Service.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The Knative Service.</param>
    /// <param name="configurations">Its condition ConfigurationsReady, as <c>status/reason</c>.</param>
    /// <param name="routes">Its condition RoutesReady, as <c>status/reason</c>.</param>
    /// <param name="serving">The revision that has the traffic; absent: the one to which the spec gives it; empty: none.</param>
    /// <param name="observed">The generation that was looked at; 0: the newest.</param>
    public static async Task KnativeAsync(KubeApi api, string ns, string name, string configurations = "True/AsWanted", string routes = "True/AsWanted", string? serving = null, long observed = 0)
    {
        var service = await api.GetAsync(Kinds.Knative, ns, name);
        var (c, r) = (configurations.Split('/'), routes.Split('/'));
        var created = service.Text("spec.template.metadata.name")!;
        var targets = service.At("spec.traffic")!.AsArray().Select(t => t!.DeepClone().AsObject()).ToList();
        serving ??= (string)targets[0]["revisionName"]!;
        targets[0]["revisionName"] = serving;
        foreach (var tagged in targets.Where(t => t["tag"] is not null))
        {
            tagged["url"] = $"http://{tagged["tag"]}-{name}.{ns}.svc.cluster.local";
        }

        await api.MergeAsync(Kinds.Knative, ns, name, new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["observedGeneration"] = observed == 0 ? (long)service.At("metadata.generation")! : observed,
                ["url"] = $"http://{name}.{ns}.svc.cluster.local",
                ["latestCreatedRevisionName"] = created,
                ["latestReadyRevisionName"] = c[0] == "True" ? created : null,
                ["conditions"] = new JsonArray(
                    new JsonObject { ["type"] = "ConfigurationsReady", ["status"] = c[0], ["reason"] = c[1], ["message"] = "said by the test" },
                    new JsonObject { ["type"] = "Ready", ["status"] = c[0] == "True" && r[0] == "True" ? "True" : "False" },
                    new JsonObject { ["type"] = "RoutesReady", ["status"] = r[0], ["reason"] = r[1], ["message"] = "said by the test" }),
                ["traffic"] = serving.Length == 0 ? [] : new JsonArray([.. targets]),
            },
        }, "status");
    }

    /// <summary>The pods of a server that Kubernetes' own controllers have made.</summary>
    public static Task<IReadOnlyList<JsonObject>> PodsAsync(KubeApi api, string ns, string server, int count) => Eventually.Becomes(
        () => api.ListAsync(Kinds.Pod, ns, $"{Labels.Server}={server}"), pods => pods.Count == count, $"{server} has {count} pods");

    /// <summary>A node runs a pod, and it is ready. Kubernetes' own controllers draw the conclusions for the Deployment.</summary>
    public static Task PodIsReadyAsync(KubeApi api, string ns, string pod) => api.MergeAsync(Kinds.Pod, ns, pod, Json.Parse("""
        {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}], "containerStatuses": null}}
        """), "status");

    /// <summary>A container of a pod cannot go on.</summary>
    public static Task ContainerWaitsAsync(KubeApi api, string ns, string pod, string reason, string message) => api.MergeAsync(Kinds.Pod, ns, pod, Json.Parse($$$$"""
        {"status": {"containerStatuses": [{"name": "server", "ready": false, "restartCount": 3, "image": "x", "imageID": "",
          "state": {"waiting": {"reason": "{{{{reason}}}}", "message": "{{{{message}}}}"}}, "lastState": {"terminated": {"exitCode": 42, "reason": "Error"}}}]}}
        """), "status");
}
