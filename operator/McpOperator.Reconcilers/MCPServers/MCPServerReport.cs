using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Objects;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>What a pass found, as status and events. Pure: the same findings give the same report.</summary>
/// <param name="Status">The status that the server should have.</param>
/// <param name="Happenings">What is new in it.</param>
public sealed record MCPServerReport(MCPServerStatus Status, IReadOnlyList<Happening> Happenings)
{
    /// <summary>
    /// What must be well for clients to use the server. A version that is held leaves the approved one serving, and a missing monitor or
    /// scope hurts no call, so those conditions speak for themselves.
    /// </summary>
    private static readonly string[] ReadyParts =
    [
        ConditionTypes.SpecAccepted, ConditionTypes.ImageAccepted, ConditionTypes.ToolConfigResolved,
        ConditionTypes.PolicyPublished, ConditionTypes.NetworkIsolated, ConditionTypes.WorkloadReady,
    ];

    /// <summary>Reports on a pass.</summary>
    /// <param name="observed">What it knew.</param>
    /// <param name="input">What the children were made from.</param>
    /// <param name="applied">What became of the children; empty when the spec was refused.</param>
    /// <param name="now">The time of what changed in this pass.</param>
    public static MCPServerReport Make(MCPServerObserved observed, ServerInput input, IReadOnlyList<ChildOutcome> applied, DateTime now)
    {
        var (server, before) = (observed.Server, observed.Server.Status);
        var conditions = new Conditions(before.Conditions, server.Metadata.Generation, now);
        MarkAccepted(conditions, ConditionTypes.SpecAccepted, observed.SpecViolations);
        MarkAccepted(conditions, ConditionTypes.ImageAccepted, observed.ImageViolations);
        MarkReferences(conditions, observed);
        VersionReport.Mark(conditions, observed);
        MarkChildren(conditions, ConditionTypes.PolicyPublished, Reasons.Published, observed, applied, typeof(V1ConfigMap), typeof(V1ServiceAccount), typeof(V1Role), typeof(V1RoleBinding), typeof(V1Secret));
        MarkChildren(conditions, ConditionTypes.NetworkIsolated, Reasons.Isolated, observed, applied, typeof(V1NetworkPolicy));
        MarkGateways(conditions, observed);
        var workload = MarkWorkload(conditions, observed, input, applied);
        MarkMonitoring(conditions, observed, applied);
        conditions.Mark(ConditionTypes.ScopesSynced, observed.Scopes);
        conditions.Summarize(ConditionTypes.Ready, Reasons.Ready, ReadyParts);

        var status = before with
        {
            ObservedGeneration = server.Metadata.Generation,
            Conditions = conditions.All,
            Url = workload.Url ?? before.Url,
            Tools = new() { Declared = server.Spec.Tools?.Count ?? 0, Exposed = observed.ToolConfig.Problem is null ? observed.Review.Serving?.Surface?.Tools.Count ?? 0 : 0 },
            PolicyRevision = IsGood(applied, ResourceType.Of<V1ConfigMap>()) ? input.Policy.Revision : before.PolicyRevision,
        };
        // A version is not forgotten before it is kept, nor said to serve before its children are as they should be.
        if (observed.IsAccepted && observed.WorkloadProblem is null && applied.All(o => o.IsGood || o.Type != ResourceType.Of<V1ControllerRevision>()))
        {
            var isWhole = applied.All(o => o.State != ChildState.Skipped) && IsGood(applied, ResourceType.Of<V1ConfigMap>());
            status = VersionReport.Settle(status, observed, isWhole && workload.Revision is { } revision && workload.IsReady == true ? revision : null, now);
        }

        return new(status, [.. HappeningsOf(before, status, applied), .. observed.Review.Happenings]);
    }

    /// <summary>Whether the report says anything that <paramref name="status"/> does not.</summary>
    public bool Changes(MCPServerStatus status) => !JsonNode.DeepEquals(
        JsonSerializer.SerializeToNode(status, KubernetesJson.Options), JsonSerializer.SerializeToNode(Status, KubernetesJson.Options));

    private static void MarkAccepted(Conditions conditions, string type, IReadOnlyList<Violation> violations)
    {
        if (violations.Count == 0)
        {
            conditions.True(type, Reasons.Accepted);
        }
        else
        {
            conditions.False(type, violations[0].Reason, string.Join(" ", violations));
        }
    }

    private static void MarkReferences(Conditions conditions, MCPServerObserved observed)
    {
        if ((observed.ToolConfig.Problem ?? observed.PermissionsProblem) is { } problem)
        {
            conditions.False(ConditionTypes.ToolConfigResolved, problem.Reason, problem.Message);
        }
        else
        {
            var named = observed.Server.Spec.ToolConfigRef is not null || observed.Server.Spec.PermissionProfile is { Type: PermissionProfileType.ConfigMap };
            conditions.True(ConditionTypes.ToolConfigResolved, named ? Reasons.Resolved : Reasons.NotRequested);
        }
    }

    private static void MarkChildren(
        Conditions conditions, string type, string reasonWhenTrue, MCPServerObserved observed, IReadOnlyList<ChildOutcome> applied, params Type[] kinds)
    {
        var types = kinds.Select(ResourceType.Of).ToHashSet();
        if (!observed.IsAccepted)
        {
            conditions.False(type, Reasons.Blocked, "Nothing is changed until the spec is accepted.");
        }
        else if (applied.FirstOrDefault(o => types.Contains(o.Type) && !o.IsGood) is { } bad)
        {
            conditions.False(type, ReasonOf(bad), bad.Message);
        }
        else
        {
            conditions.True(type, reasonWhenTrue);
        }
    }

    /// <summary>Whoever looks for the reason why the gateway reaches nobody, looks at the isolation.</summary>
    private static void MarkGateways(Conditions conditions, MCPServerObserved observed)
    {
        if (observed is { IsAccepted: true, Runtime: RuntimeKind.Knative, MissingGateways.Count: > 0 })
        {
            conditions.Note(ConditionTypes.NetworkIsolated, $"network.gatewayNamespaces names {string.Join(", ", observed.MissingGateways)}, which does not exist; if the gateway does not reach the server, write the namespaces of its pods and of Knative's activator there, in the operator's configuration.");
        }
    }

    private static WorkloadState MarkWorkload(Conditions conditions, MCPServerObserved observed, ServerInput input, IReadOnlyList<ChildOutcome> applied)
    {
        var kind = observed.Runtime == RuntimeKind.Knative ? ResourceType.Of<KnativeService>() : ResourceType.Of<V1Deployment>();
        var name = ChildNames.Workload(observed.Server.Metadata.Name);
        var bad = applied.FirstOrDefault(o => (o.Type == kind || o.Type == ResourceType.Of<V1Service>()) && o.Name == name && !o.IsGood);
        var state = bad switch
        {
            _ when !observed.IsAccepted => WorkloadState.No(Reasons.Blocked, "Nothing is changed until the spec is accepted."),
            _ when observed.WorkloadProblem is { } problem => WorkloadState.No(problem.Reason, problem.Message),
            _ when observed.Review.IsLost => WorkloadState.No(Reasons.VersionLost, "What was approved is lost; until a version is approved anew, nobody is answered."),
            { State: ChildState.KindMissing } => WorkloadState.No(Reasons.KnativeMissing, "Knative Serving is not installed (no services.serving.knative.dev); install it, or set spec.runtime to Deployment."),
            not null => WorkloadState.No(ReasonOf(bad), bad.Message),
            _ when observed.Server.Spec.Suspend => WorkloadState.No(Reasons.Suspended, "spec.suspend is set: no pod runs, and callers are refused."),
            _ when observed.Runtime == RuntimeKind.Knative => WorkloadState.OfKnative(observed.Workload, ChildNames.Revision(observed.Server.Metadata.Name, input.Template)),
            _ => WorkloadState.OfDeployment(observed.Server, observed.Workload, observed.Pods, input.Template),
        };
        switch (state.IsReady)
        {
            case true:
                conditions.True(ConditionTypes.WorkloadReady, Reasons.Ready);
                break;
            case false:
                conditions.False(ConditionTypes.WorkloadReady, state.Reason, state.Message);
                break;
            default:
                conditions.Unknown(ConditionTypes.WorkloadReady, state.Reason, state.Message);
                break;
        }

        return state;
    }

    private static void MarkMonitoring(Conditions conditions, MCPServerObserved observed, IReadOnlyList<ChildOutcome> applied)
    {
        var metrics = ChildNames.Metrics(observed.Server.Metadata.Name);
        var bad = applied.FirstOrDefault(o => (o.Name == metrics || o.Type == ResourceType.Of<V1ServiceMonitor>()) && !o.IsGood);
        if (!Monitoring.IsRequested(observed.Server.Spec))
        {
            conditions.True(ConditionTypes.MonitoringReady, Reasons.NotRequested);
        }
        else if (!observed.IsAccepted)
        {
            conditions.False(ConditionTypes.MonitoringReady, Reasons.Blocked, "Nothing is changed until the spec is accepted.");
        }
        else if (bad is { State: ChildState.KindMissing })
        {
            conditions.False(ConditionTypes.MonitoringReady, Reasons.PrometheusOperatorMissing, "The Prometheus Operator is not installed (no servicemonitors.monitoring.coreos.com); install it, or set spec.telemetry.prometheus.enabled to false.");
        }
        else if (bad is not null)
        {
            conditions.False(ConditionTypes.MonitoringReady, ReasonOf(bad), bad.Message);
        }
        else
        {
            conditions.True(ConditionTypes.MonitoringReady, Reasons.Ready);
        }
    }

    private static IEnumerable<Happening> HappeningsOf(MCPServerStatus before, MCPServerStatus after, IReadOnlyList<ChildOutcome> applied)
    {
        if (before.History is null && before.Pending is null && (after.History ?? (object?)after.Pending) is not null)
        {
            yield return new(false, EventReasons.Created, $"Made {applied.Count(o => o.State == ChildState.Created)} objects.");
        }

        if (after.Active is { } active && active.Version != before.Active?.Version)
        {
            yield return new(false, EventReasons.VersionActivated, $"Version {active.Version} serves: {active.Image}.");
        }

        foreach (var child in applied.Where(o => o.State == ChildState.Corrected))
        {
            yield return new(true, EventReasons.DriftCorrected, $"{child.Type.Kind} {child.Name}: somebody had changed {child.Message.TrimStart('.')}; it is as it was.");
        }

        foreach (var condition in after.Conditions)
        {
            var old = before.Conditions.FirstOrDefault(c => c.Type == condition.Type);
            if (condition.Type == ConditionTypes.Ready)
            {
                if (condition.Status == "True" && old?.Status != "True")
                {
                    yield return new(false, EventReasons.BecameReady, after.Url is { } url ? $"Clients reach the server at {url}." : "The server can be used.");
                }
            }
            else if (condition.Status == "False" && condition.Reason != Reasons.Blocked
                && (old?.Status != "False" || old.Reason != condition.Reason || IsOtherVersion(condition, before, after)))
            {
                yield return new(condition.Reason != Reasons.Suspended, condition.Reason, condition.Message ?? "");
            }
        }
    }

    /// <summary>A version that takes the place of one that waited is news, though the condition is the same.</summary>
    private static bool IsOtherVersion(V1Condition condition, MCPServerStatus before, MCPServerStatus after) =>
        condition.Type == ConditionTypes.ReviewCurrent && before.Pending?.Version != after.Pending?.Version;

    private static bool IsGood(IReadOnlyList<ChildOutcome> applied, ResourceType type) => applied.Any(o => o.Type == type && o.IsGood);

    private static string ReasonOf(ChildOutcome outcome) => outcome.State switch
    {
        ChildState.NotOwned => Reasons.NotOwned,
        ChildState.Skipped => Reasons.Blocked,
        _ => Reasons.ApplyFailed,
    };
}
