using System.Security.Cryptography;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>What runs a server: a Knative Service, or a Deployment with a Service. The other one goes when the runtime changes.</summary>
internal static class WorkloadGenerator
{
    private const string Autoscaling = Annotations.KnativeAutoscaling;

    public static IEnumerable<Child> Make(ServerInput input)
    {
        var (name, candidate) = (ChildNames.Workload(input.Name()), ChildNames.Candidate(input.Name()));
        if (!input.WorkloadAllowed)
        {
            return [];
        }

        return input.Runtime == RuntimeKind.Knative
            ?
            [
                Child.None<V1Deployment>(name), Child.None<V1Deployment>(candidate), Child.None<V1Service>(name), Child.None<V1Service>(candidate),
                Child.Of(Knative(input)),
            ]
            :
            [
                Child.None<KnativeService>(name),
                Child.Of(Deployment(input, name, Labels.StableTrack)), Child.Of(Service(input, name, Labels.StableTrack)),
                input.Candidate is { } waits ? Child.Of(Deployment(waits, candidate, Labels.CandidateTrack)) : Child.None<V1Deployment>(candidate),
                input.Candidate is { } reached ? Child.Of(Service(reached, candidate, Labels.CandidateTrack)) : Child.None<V1Service>(candidate),
            ];
    }

    /// <summary>The hash of the template without the names that are made from it, and without the track: promoted, the pods are the same.</summary>
    public static string TemplateOf(ServerInput input) => Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.SerializeToUtf8Bytes(
        input.Runtime == RuntimeKind.Knative ? KnativeTemplate(input, "") : PodTemplate(input, "", "")))).Substring(0, ChildNames.TemplateLength);

    private static KnativeService Knative(ServerInput input)
    {
        var meta = ChildMeta.For(input, ChildNames.Workload(input.Name()));
        var newest = input is { Candidate: { } candidate, CandidateMayRun: true } ? candidate : input;
        return new KnativeService
        {
            Metadata = input.Server.Spec.Visibility == Visibility.External
                ? meta
                : meta with { Labels = new SortedDictionary<string, string>(meta.Labels!.ToDictionary(), StringComparer.Ordinal) { [Labels.KnativeVisibility] = "cluster-local" } },
            Spec = new()
            {
                Template = KnativeTemplate(newest, newest.Template),
                // By name, not "the latest": what clients get is decided here, and a revision that does not get ready leaves the traffic where it is.
                Traffic = newest == input ? [Share(input, 100)] : [Share(input, 100), Share(newest, 0) with { Tag = Labels.CandidateTrack }],
            },
        };

        static KnativeTrafficTarget Share(ServerInput of, int percent) => new() { RevisionName = ChildNames.Revision(of.Name(), of.Template), Percent = percent };
    }

    /// <summary>
    /// Revisions bear names of ours, made from their template: the same template is the same revision, now and when somebody goes back to it.
    /// </summary>
    private static KnativeRevisionTemplate KnativeTemplate(ServerInput input, string template) => new()
    {
        Metadata = new()
        {
            Name = template.Length == 0 ? null : ChildNames.Revision(input.Name(), template),
            Labels = PodLabels(input, template),
            Annotations = Scaling(input.Server.Spec),
        },
        Spec = PodGenerator.Fill(input, new KnativeRevisionSpec { TimeoutSeconds = input.Server.Spec.TimeoutSeconds }, ChildNames.Policy(input.Name(), template)),
    };

    private static SortedDictionary<string, string> PodLabels(ServerInput input, string template) =>
        new(ChildMeta.LabelsOf(input).ToDictionary(), StringComparer.Ordinal) { [Labels.Template] = template };

    private static SortedDictionary<string, string> Scaling(MCPServerSpec spec)
    {
        var scaling = spec.Scaling ?? new ScalingSettings();
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Autoscaling + "min-scale"] = $"{(spec.Suspend ? 0 : scaling.MinScale)}",
            [Autoscaling + "max-scale"] = $"{scaling.MaxScale}",
        };
        if (scaling.TargetConcurrency is { } target)
        {
            annotations[Autoscaling + "target"] = $"{target}";
        }

        if (scaling.RetentionSeconds is { } retention)
        {
            annotations[Autoscaling + "scale-to-zero-pod-retention-period"] = $"{retention}s";
        }

        return annotations;
    }

    private static V1Deployment Deployment(ServerInput input, string name, string track)
    {
        var spec = input.Server.Spec;
        return new V1Deployment
        {
            Metadata = ChildMeta.For(input, name),
            Spec = new()
            {
                Replicas = spec.Suspend ? 0 : track == Labels.StableTrack ? Math.Max(1, spec.Scaling?.MinScale ?? 0) : CandidatePods(input),
                RevisionHistoryLimit = 3,
                Selector = new() { MatchLabels = Selector(input, track) },
                Template = PodTemplate(input, input.Template, track),
            },
        };
    }

    private static int CandidatePods(ServerInput input) => input.CandidateIsAsked ? 1 : Math.Clamp(input.Configuration.Review.CandidateReplicas, 0, 1);

    private static V1PodTemplateSpec PodTemplate(ServerInput input, string template, string track)
    {
        var labels = PodLabels(input, template);
        labels[Labels.Track] = track;
        return new()
        {
            Metadata = new() { Labels = labels },
            // A request may take this long, and is let finish.
            Spec = PodGenerator.Fill(input, new V1PodSpec { TerminationGracePeriodSeconds = input.Server.Spec.TimeoutSeconds }, ChildNames.Policy(input.Name(), template)),
        };
    }

    /// <summary>The pods of one track: nothing that waits ever gets a request of the server's clients.</summary>
    private static SortedDictionary<string, string> Selector(ServerInput input, string track) =>
        new(ChildMeta.PodsOf(input).ToDictionary(), StringComparer.Ordinal) { [Labels.Track] = track };

    private static V1Service Service(ServerInput input, string name, string track) => new()
    {
        Metadata = ChildMeta.For(input, name),
        Spec = new()
        {
            Type = "ClusterIP",
            Selector = Selector(input, track),
            Ports = [new() { Name = "http", Port = input.Server.Spec.Port, TargetPort = Ports.Proxy, Protocol = "TCP" }],
        },
    };
}
