using System.Text;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Tests;

public sealed class WorkloadStateTests
{
    private static readonly MCPServer Server = new() { Metadata = new V1ObjectMeta { Name = "weather" }, Spec = new() { Image = "x", Port = 9000 } };

    private static KubernetesDocument Document(string yaml) =>
        KubernetesDocument.Parse(Encoding.UTF8.GetBytes(new ManifestReader([]) { AllowOtherKinds = true }.Read(yaml, "live.yaml").Single().Json.ToJsonString()));

    private static KubernetesDocument Knative(string status) => Document($$"""
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata: {name: weather-mcp, namespace: team-a, generation: 3}
        status: {{status}}
        """);

    private static KubernetesDocument Deployment(string status, int replicas = 1) => Document($$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: weather-mcp, namespace: team-a, generation: 3}
        spec: {replicas: {{replicas}}, template: {metadata: {labels: {mcpoperator.io/template: t} } } }
        status: {{status}}
        """);

    private static V1Pod Pod(string containers, string? deleted = null) => Document($$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: weather-mcp-x, namespace: team-a{{(deleted is null ? "" : $", deletionTimestamp: \"{deleted}\"")}}}
        status: {{containers}}
        """).Deserialize<V1Pod>();

    private const string Good = "url: http://w.example, latestCreatedRevisionName: w-00003, latestReadyRevisionName: w-00003, traffic: [{revisionName: w-00003, percent: 100, latestRevision: true}]";

    private static IEnumerable<TestCaseData> KnativeStatuses()
    {
        yield return Case("ready", $"{{observedGeneration: 3, {Good}, conditions: [{Is("ConfigurationsReady", "True")}, {Is("RoutesReady", "True")}, {Is("Ready", "True")}]}}", true, Reasons.Ready, "w-00003");
        yield return Case("an older generation", $"{{observedGeneration: 2, {Good}, conditions: [{Is("ConfigurationsReady", "True")}, {Is("RoutesReady", "True")}, {Is("Ready", "True")}]}}", null, Reasons.Progressing, null);
        yield return Case("no status", "{}", null, Reasons.Progressing, null);
        yield return Case("at it, an older one serves", $"{{observedGeneration: 3, {Good.Replace("w-00003, percent", "w-00002, percent", StringComparison.Ordinal)}, conditions: [{Is("ConfigurationsReady", "Unknown")}, {Is("RoutesReady", "True")}]}}", null, Reasons.Progressing, "w-00002");
        yield return Case("routes at it", $"{{observedGeneration: 3, {Good}, conditions: [{Is("ConfigurationsReady", "True")}, {Is("RoutesReady", "Unknown")}]}}", null, Reasons.Progressing, "w-00003");
        yield return Case("the newest revision is broken, the older one serves",
            $"{{observedGeneration: 3, url: http://w.example, latestCreatedRevisionName: w-00003, latestReadyRevisionName: w-00002, traffic: [{{revisionName: w-00002, percent: 100}}], conditions: [{{type: ConfigurationsReady, status: \"False\", reason: RevisionFailed, message: exit code 1}}, {Is("RoutesReady", "True")}]}}",
            false, Reasons.RevisionFailed, "w-00002");
        yield return Case("the first revision is broken",
            "{observedGeneration: 3, latestCreatedRevisionName: w-00001, conditions: [{type: ConfigurationsReady, status: \"False\", reason: RevisionMissing, message: none}, {type: RoutesReady, status: \"False\", reason: RevisionMissing}]}",
            false, Reasons.RevisionFailed, null, "w-00001");
        yield return Case("no route", $"{{observedGeneration: 3, {Good}, conditions: [{Is("ConfigurationsReady", "True")}, {{type: RoutesReady, status: \"False\", reason: RevisionMissing, message: gone}}]}}", false, "RevisionMissing", "w-00003");
        yield return Case("pinned, with a candidate that gets nothing",
            $"{{observedGeneration: 3, url: http://w.example, latestCreatedRevisionName: w-00003, latestReadyRevisionName: w-00003, traffic: [{{revisionName: w-00003, percent: 0, tag: candidate}}, {{revisionName: w-00002, percent: 100}}], conditions: [{Is("ConfigurationsReady", "True")}, {Is("RoutesReady", "True")}]}}",
            true, Reasons.Ready, "w-00002", "w-00002");
        yield return Case("a candidate that fails hurts nobody",
            $"{{observedGeneration: 3, url: http://w.example, latestCreatedRevisionName: w-00003, latestReadyRevisionName: w-00002, traffic: [{{revisionName: w-00002, percent: 100}}], conditions: [{{type: ConfigurationsReady, status: \"False\", reason: RevisionFailed, message: exit code 1}}, {Is("RoutesReady", "True")}, {Is("Ready", "False")}]}}",
            true, Reasons.Ready, "w-00002", "w-00002");

        static string Is(string type, string status) => $"{{type: {type}, status: \"{status}\"}}";
        static TestCaseData Case(string name, string status, bool? ready, string reason, string? revision, string wanted = "w-00003") =>
            new TestCaseData(status, ready, reason, revision, wanted).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(KnativeStatuses))]
    public void A_knative_service_is_read_by_its_parts(string status, bool? ready, string reason, string? revision, string wanted)
    {
        var state = WorkloadState.OfKnative(Knative(status), wanted);

        state.IsReady.Should().Be(ready);
        state.Reason.Should().Be(reason);
        state.Revision.Should().Be(revision);
        state.Url.Should().Be(ready == true ? "http://w.example/mcp" : null);
        (state.Message.Length > 0).Should().Be(ready != true, "what is not well is said");
    }

    [Test]
    public void What_keeps_serving_is_said() =>
        WorkloadState.OfKnative(Knative((string)KnativeStatuses().First(c => ((string)c.Arguments[0]!).Contains("exit code 1", StringComparison.Ordinal)).Arguments[0]!), "w-00003")
            .Message.Should().Contain("w-00003").And.Contain("exit code 1").And.Contain("w-00002 keeps serving");

    [Test]
    public void Without_a_workload_one_waits()
    {
        WorkloadState.OfKnative(null, "w").IsReady.Should().BeNull();
        WorkloadState.OfDeployment(Server, null, [], "t").IsReady.Should().BeNull();
    }

    // status, wanted → ready
    [TestCase("{observedGeneration: 3, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}", 1, true)]
    [TestCase("{observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}", 1, null)]
    [TestCase("{observedGeneration: 3, replicas: 1, updatedReplicas: 1}", 1, null)]
    [TestCase("{observedGeneration: 3, replicas: 3, updatedReplicas: 3, availableReplicas: 2}", 3, null)]
    [TestCase("{observedGeneration: 3, replicas: 2, updatedReplicas: 1, availableReplicas: 1}", 1, null)]
    [TestCase("{observedGeneration: 3, replicas: 1, availableReplicas: 1}", 1, null)]
    [TestCase("{}", 1, null)]
    [TestCase("{observedGeneration: 3, replicas: 1, updatedReplicas: 0, conditions: [{type: ReplicaFailure, status: \"True\", message: quota}]}", 1, false)]
    public void A_deployment_is_ready_when_all_its_pods_are_of_the_newest_template_and_available(string status, int wanted, bool? ready)
    {
        var state = WorkloadState.OfDeployment(Server, Deployment(status, wanted), [], "t");

        state.IsReady.Should().Be(ready);
        state.Url.Should().Be(ready == true ? "http://weather-mcp.team-a.svc.cluster.local:9000/mcp" : null);
        (state.Message.Length > 0).Should().Be(ready != true);
    }

    [Test]
    public void A_deployment_of_another_template_is_not_ready_yet() =>
        WorkloadState.OfDeployment(Server, Deployment("{observedGeneration: 3, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}"), [], "other").IsReady.Should().BeNull();

    // container statuses → reason, message
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}]}", Reasons.ImagePullBackOff, "no such image")]
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: ErrImagePull, message: denied}}}]}", Reasons.ImagePullBackOff, "denied")]
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: InvalidImageName}}}]}", Reasons.ImagePullBackOff, "mcp-server")]
    [TestCase("{initContainerStatuses: [{name: mcp-bridge, state: {waiting: {reason: ImagePullBackOff}}}]}", Reasons.ImagePullBackOff, "mcp-bridge")]
    [TestCase("{containerStatuses: [{name: mcp-server, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]}", Reasons.CrashLoopBackOff, "exit code 137 (OOMKilled)")]
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: CreateContainerConfigError, message: secret \"x\" not found}}}]}", Reasons.ContainerCannotRun, "secret \"x\" not found")]
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: RunContainerError, message: no such file}}}]}", Reasons.ContainerCannotRun, "no such file")]
    [TestCase("{containerStatuses: [{name: mcp-server, state: {waiting: {reason: ContainerCreating}}}]}", Reasons.Progressing, "0 of 1 pods are ready")]
    [TestCase("{}", Reasons.Progressing, "0 of 1 pods are ready")]
    public void A_pods_trouble_is_told(string status, string reason, string message)
    {
        var waiting = Deployment("{observedGeneration: 3, replicas: 1, updatedReplicas: 1}");

        var state = WorkloadState.OfDeployment(Server, waiting, [Pod(status)], "t");

        state.Reason.Should().Be(reason);
        state.Message.Should().Contain(message);
        state.IsReady.Should().Be(reason == Reasons.Progressing ? null : false);
        WorkloadState.OfDeployment(Server, waiting, [Pod(status, "2026-01-01T00:00:00Z")], "t").Reason.Should().Be(Reasons.Progressing, "a pod that goes does not count");
    }
}
