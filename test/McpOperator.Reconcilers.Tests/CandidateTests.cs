using System.Text;
using McpOperator.Admission.Decisions;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What is made of a version that waits, beside the one that serves.</summary>
public sealed class CandidateTests
{
    private static readonly string Digest = "@sha256:" + new string('a', 64);
    private static readonly string Other = "@sha256:" + new string('b', 64);

    private static MCPServer Server(string words = "Old.", string? digest = null, Func<MCPServerSpec, MCPServerSpec>? change = null)
    {
        var spec = new MCPServerSpec { Image = "ghcr.io/acme/weather" + (digest ?? Digest), Tools = [new() { Name = "get", Description = words }] };
        return new() { Metadata = new() { Name = "weather", NamespaceProperty = "team-a", Uid = "u", Generation = 1 }, Spec = change is null ? spec : change(spec) };
    }

    /// <summary>A pass over a server of which one version is approved already, and kept.</summary>
    private static MCPServerObserved After(MCPServer approved, MCPServer asked, RuntimeKind runtime = RuntimeKind.Knative, Func<Surroundings, Surroundings>? around = null)
    {
        var surroundings = new Surroundings { Configuration = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } }, Runtime = runtime };
        var first = MCPServerObserved.Of(approved, surroundings);
        var kept = first.Review.Serving!;
        var status = new MCPServerStatus { History = [.. first.Review.History.Select(v => v with { State = VersionState.Active })] };
        surroundings = surroundings with { Kept = new Dictionary<string, VersionContent> { [kept.Hash] = kept }, Workload = Knative(first.ToInput().Template) };
        return MCPServerObserved.Of(asked with { Status = status }, around is null ? surroundings : around(surroundings));
    }

    /// <summary>A Knative Service that serves a template.</summary>
    private static KubernetesDocument Knative(string template) => KubernetesDocument.Parse(Encoding.UTF8.GetBytes($$"""
        {"apiVersion":"serving.knative.dev/v1","kind":"Service","metadata":{"name":"weather-mcp","namespace":"team-a","generation":1},
         "spec":{"template":{"metadata":{"name":"weather-mcp-{{template}}"} },"traffic":[{"revisionName":"weather-mcp-{{template}}","percent":100}]},
         "status":{"observedGeneration":1,"traffic":[{"revisionName":"weather-mcp-{{template}}","percent":100}],"conditions":[{"type":"RoutesReady","status":"True"}]} }
        """));

    private static IReadOnlyList<Child> Children(MCPServerObserved observed) => ServerChildren.Make(observed.ToInput());

    private static T One<T>(MCPServerObserved observed, string? name = null) where T : KubernetesEntity =>
        Children(observed).Select(c => c.Desired).OfType<T>().Single(e => name is null || e.Metadata.Name == name);

    [Test]
    public void Other_words_alone_change_nothing_until_they_are_approved_and_then_one_object()
    {
        var (before, held) = (After(Server(), Server()), After(Server(), Server("New.")));

        Children(held).Select(c => c.Seal()?.Hash).Should().Equal(Children(before).Select(c => c.Seal()?.Hash), "what serves is what was approved, to the last byte");

        var approved = After(Server("New."), Server("New."));
        Children(before).Zip(Children(approved)).Where(p => p.First.Seal()?.Hash != p.Second.Seal()?.Hash || p.First.Name != p.Second.Name).Select(p => p.First.Type.Kind)
            .Should().Equal(["ControllerRevision", "ConfigMap"], "no pod and no revision is made anew");
    }

    [Test]
    public void Another_image_runs_beside_the_old_one_under_its_own_policy()
    {
        var held = After(Server(), Server("New.", Other));
        var service = One<KnativeService>(held);

        var (serving, waiting) = (held.ToInput(), held.ToInput().Candidate!);
        waiting.Template.Should().NotBe(serving.Template);
        service.Spec.Traffic!.Select(t => (t.RevisionName, t.Percent, t.Tag)).Should().Equal(($"weather-mcp-{serving.Template}", 100, null), ($"weather-mcp-{waiting.Template}", 0, "candidate"));
        service.Spec.Template.Metadata.Name.Should().Be($"weather-mcp-{waiting.Template}");
        service.Spec.Template.Spec.Containers[0].Args.Should().Contain($"--policy=weather-mcp-policy-{waiting.Template}");
        One<V1ConfigMap>(held, $"weather-mcp-policy-{serving.Template}").Data!["policy.json"].Should().Contain("Old.").And.NotContain("New.");
        One<V1ConfigMap>(held, $"weather-mcp-policy-{waiting.Template}").Data!["policy.json"].Should().Contain("New.").And.NotContain("Old.");
        One<V1Role>(held).Rules![0].ResourceNames.Should().BeEquivalentTo($"weather-mcp-policy-{serving.Template}", $"weather-mcp-policy-{waiting.Template}");
    }

    [Test]
    public void Until_the_revision_that_serves_is_there_the_template_is_its_own()
    {
        var held = After(Server(), Server("New.", Other), around: a => a with { Workload = null });
        var service = One<KnativeService>(held);

        service.Spec.Template.Spec.Containers[1].Image.Should().EndWith(Digest);
        service.Spec.Traffic.Should().ContainSingle();
    }

    [Test]
    public void The_same_template_is_the_same_revision_whoever_asks_for_it_again()
    {
        var (first, second) = (After(Server(), Server()).ToInput().Template, After(Server(digest: Other), Server(digest: Other)).ToInput().Template);

        first.Should().NotBe(second).And.MatchRegex("^[0-9a-f]{8}$");
        After(Server(digest: Other), Server()).ToInput().Template.Should().Be(first, "another image that says the same serves at once");
        After(Server(), Server(change: s => s with { Scaling = new() { MaxScale = 9 } })).ToInput().Template.Should().NotBe(first);
    }

    [Test]
    public void On_a_Deployment_no_Service_of_the_server_finds_what_waits()
    {
        var held = After(Server(), Server("New.", Other), RuntimeKind.Deployment);
        var (serves, waits) = (One<V1Deployment>(held, "weather-mcp"), One<V1Deployment>(held, "weather-mcp-candidate"));

        serves.Spec.Template.Spec.Containers[1].Image.Should().EndWith(Digest);
        waits.Spec.Template.Spec.Containers[1].Image.Should().EndWith(Other);
        waits.Spec.Replicas.Should().Be(0, "as configured");
        One<V1Service>(held, "weather-mcp").Spec.Selector.Should().NotBeSubsetOf(waits.Spec.Template.Metadata.Labels).And.BeSubsetOf(serves.Spec.Template.Metadata.Labels);
        One<V1Service>(held, "weather-mcp-candidate").Spec.Selector.Should().BeSubsetOf(waits.Spec.Template.Metadata.Labels);
        One<V1NetworkPolicy>(held).Spec.PodSelector!.MatchLabels.Should().BeSubsetOf(waits.Spec.Template.Metadata.Labels, "what waits is isolated as well");
        Children(After(Server(), Server(), RuntimeKind.Deployment)).Where(c => c.Name == "weather-mcp-candidate").Should().HaveCount(2).And.OnlyContain(c => c.Desired == null, "decided, it goes");
    }

    [Test]
    public void Brakes_hold_at_once_whatever_waits()
    {
        var held = After(Server(), Server("New.", Other, s => s with { Suspend = true, RateLimits = new() { ToolCallsPerMinute = 1 } }));

        held.ToInput().Policy.Document.Closed.Should().NotBeNull();
        held.ToInput().Policy.Document.Limits.ToolCallsPerMinute.Should().Be(1);
        held.ToInput().Policy.Text.Should().Contain("Old.");
    }

    [Test]
    public void A_version_whose_tools_nobody_knows_answers_nobody_and_has_a_pod_to_be_asked()
    {
        var held = After(
            Server(change: s => s with { Tools = null }), Server(digest: Other, change: s => s with { Tools = null }), RuntimeKind.Deployment,
            a => a with { Kept = a.Kept.Values.Select(k => k.With([new() { Name = "get", Definition = [] }])).ToDictionary(k => k.Hash) });
        // The approved one has been seen.
        held = MCPServerObserved.Of(held.Server with { Status = held.Server.Status with { History = [held.Server.Status.History![0] with { Content = Seen().Hash, SurfaceHash = Seen().Surface!.Hash }] } }, new()
        {
            Configuration = held.Configuration,
            Runtime = RuntimeKind.Deployment,
            Kept = new Dictionary<string, VersionContent> { [Seen().Hash] = Seen() },
        });

        var waiting = held.ToInput().Candidate!;
        waiting.Policy.Document.Closed.Should().NotBeNull();
        held.ToInput().Policy.Document.Closed.Should().BeNull();
        held.ToInput().Policy.Document.Tools.Approved.Should().ContainSingle().Which.Name.Should().Be("get");
        held.TemplateToAsk.Should().Be(waiting.Template);
        One<V1Deployment>(held, "weather-mcp-candidate").Spec.Replicas.Should().Be(1);

        static VersionContent Seen() => VersionContent.Of(Server(change: s => s with { Tools = null }).Spec, null).With([new() { Name = "get", Definition = [] }]);
    }

    [Test]
    public void Where_what_was_approved_is_lost_every_policy_is_closed_and_nothing_else_is_touched()
    {
        var lost = After(Server(), Server("New."), around: a => a with { Kept = new Dictionary<string, VersionContent>(), Standing = new() { Policies = ["weather-mcp-policy-00000001", "weather-mcp-policy-00000002"] } });

        Children(lost).Select(c => c.Desired).OfType<V1ConfigMap>().Select(c => c.Metadata.Name).Should().BeEquivalentTo("weather-mcp-policy-00000001", "weather-mcp-policy-00000002");
        Children(lost).Select(c => c.Desired).OfType<V1ConfigMap>().Should().OnlyContain(c => c.Data!["policy.json"].Contains("\"closed\":\"What was approved"));
        Children(lost).Should().NotContain(c => c.Desired is KnativeService || c.Type.Kind == "Deployment");
    }

    [Test]
    public void What_no_pod_reads_and_nobody_can_go_back_to_is_taken_away()
    {
        var observed = After(Server(), Server(), around: a => a with
        {
            Standing = new() { Policies = ["weather-mcp-policy-00000001", "weather-mcp-policy-00000002"], Versions = ["weather-mcp-v-000000000001"], Templates = ["00000002"] },
        });

        Children(observed).Where(c => c.Desired is null).Select(c => c.Name).Should().Contain(["weather-mcp-policy-00000001", "weather-mcp-v-000000000001"]).And.NotContain("weather-mcp-policy-00000002", "a pod still reads it");
        One<V1Role>(observed).Rules![0].ResourceNames.Should().Contain("weather-mcp-policy-00000002");
        ReviewDecision.Target(observed.Server.Status)!.Version.Should().Be(1);
    }

    [Test]
    public void A_version_is_made_of_every_field_that_is_no_brake()
    {
        // A new field of the spec has to be put on one side or the other, and a brake must not be held up by a review.
        string[] brakes = ["Port", "Runtime", "Scaling", "TimeoutSeconds", "Visibility", "PermissionProfile", "Access", "Auth", "RateLimits", "Telemetry", "Audit", "Review", "Suspend", "EffectivePath"];
        string[] content =
        [
            "Image", "ImagePullSecrets", "Command", "Args", "Env", "EnvFrom", "Secrets", "Volumes", "VolumeMounts", "Resources", "ServiceAccountName", "Transport", "TargetPort", "Path", "Stdio", "ToolConfigRef", "Tools",
        ];
        typeof(MCPServerSpec).GetProperties().Select(p => p.Name).Should().BeEquivalentTo(brakes.Concat(content));

        var now = new MCPServerSpec { Image = "now", Port = 1, TimeoutSeconds = 7, Suspend = true, Visibility = Visibility.External };
        var then = new MCPServerSpec { Image = "then", Command = ["a"], Path = "/x", TargetPort = 9, Transport = Transport.Sse, Port = 2, TimeoutSeconds = 8 };
        VersionContent.Of(then, null).Serve(new() { Spec = now }).Spec.Should().BeEquivalentTo(then with { Port = 1, TimeoutSeconds = 7, Suspend = true, Visibility = Visibility.External });
    }
}
