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
        var name = ChildNames.Workload(input.Name());
        if (!input.WorkloadAllowed)
        {
            return [];
        }

        return input.Runtime == RuntimeKind.Knative
            ? [Child.None<V1Deployment>(name), Child.None<V1Service>(name), Child.Of(Knative(input))]
            : [Child.None<KnativeService>(name), Child.Of(Deployment(input)), Child.Of(Service(input))];
    }

    private static KnativeService Knative(ServerInput input)
    {
        var spec = input.Server.Spec;
        var meta = ChildMeta.For(input, ChildNames.Workload(input.Name()));
        return new KnativeService
        {
            Metadata = spec.Visibility == Visibility.External
                ? meta
                : meta with { Labels = new SortedDictionary<string, string>(meta.Labels!.ToDictionary(), StringComparer.Ordinal) { [Labels.KnativeVisibility] = "cluster-local" } },
            Spec = new()
            {
                // No name of our own for the revision: with one, Knative's webhook skips its defaults and then refuses what we apply again.
                Template = new()
                {
                    Metadata = new() { Labels = ChildMeta.LabelsOf(input), Annotations = Scaling(spec) },
                    Spec = PodGenerator.Fill(input, new KnativeRevisionSpec { TimeoutSeconds = spec.TimeoutSeconds }),
                },
                Traffic = [new() { LatestRevision = true, Percent = 100 }],
            },
        };
    }

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

    private static V1Deployment Deployment(ServerInput input)
    {
        var spec = input.Server.Spec;
        return new V1Deployment
        {
            Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
            Spec = new()
            {
                Replicas = spec.Suspend ? 0 : Math.Max(1, spec.Scaling?.MinScale ?? 0),
                RevisionHistoryLimit = 3,
                Selector = new() { MatchLabels = ChildMeta.PodsOf(input) },
                Template = new()
                {
                    Metadata = new() { Labels = ChildMeta.LabelsOf(input) },
                    // A request may take this long, and is let finish.
                    Spec = PodGenerator.Fill(input, new V1PodSpec { TerminationGracePeriodSeconds = spec.TimeoutSeconds }),
                },
            },
        };
    }

    private static V1Service Service(ServerInput input) => new()
    {
        Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
        Spec = new()
        {
            Type = "ClusterIP",
            Selector = ChildMeta.PodsOf(input),
            Ports = [new() { Name = "http", Port = input.Server.Spec.Port, TargetPort = Ports.Proxy, Protocol = "TCP" }],
        },
    };
}
