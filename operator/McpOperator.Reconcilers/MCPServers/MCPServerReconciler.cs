using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>
/// Makes the cluster have what an <c>MCPServer</c> asks for, in four moves: observe (from memory, into one record), make (pure), apply
/// (child by child), report (pure status, written only when it differs). Deleting a server needs nothing here: the API server's garbage
/// collector removes what it owns, and its realm's reconcile the scopes that it has in Keycloak.
/// </summary>
[EntityRbac(typeof(MCPServer), Subresource = "status", Verbs = RbacVerb.Patch)]
public sealed class MCPServerReconciler(
    IKubernetesClient client, OperatorCaches caches, IOperatorConfiguration configuration, IImageSignatures signatures, IImageCommands commands,
    RealmVerdicts verdicts, IObservedSurfaces surfaces, DriftWatch drift, IDecisionKey decisions, IEventRecorder events, TimeProvider time)
{
    private static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(3);

    private readonly SessionKey _sessionKey = new(client, configuration, time);
    private readonly RevisionTemplate _revisionTemplate = new(client);
    private readonly VersionStore _versions = new(client, caches.Children[ResourceType.Of<V1ControllerRevision>()]);
    private readonly ChildApplier _applier = new(client, caches.Children);
    private readonly FreshStatus<MCPServer> _written = new(caches.Servers);

    /// <summary>Makes one pass over one server.</summary>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_written.Newest(key) is not { Metadata.DeletionTimestamp: null } server)
        {
            return ReconcileResult.Done;
        }

        // With its namespace everything goes, child by child; nothing new may be made there.
        if (caches.Namespaces.Get(new("", key.Namespace)) is { Metadata.DeletionTimestamp: not null })
        {
            return ReconcileResult.Done;
        }

        var observed = await ObserveAsync(server, ct);
        var input = observed.ToInput();
        var applied = await ApplyAsync(server, observed.IsAccepted ? ServerChildren.Make(input) : [], ct);
        var report = MCPServerReport.Make(observed, input, applied, time.GetUtcNow().UtcDateTime);
        await PublishAsync(server, report, ct);
        return ResultOf(observed, applied, _sessionKey.LookAgain);
    }

    private async Task<MCPServerObserved> ObserveAsync(MCPServer server, CancellationToken ct)
    {
        var (ns, config) = (server.Metadata.NamespaceProperty!, configuration.Current);
        var runtime = RuntimeOf(server, config);
        var labels = caches.Namespaces.Get(new("", ns))?.Metadata.Labels;
        var tenant = Tenants.Of(ns, labels);
        var key = new NamespacedName(ns, server.Metadata.Name).ToString();
        IReadOnlyList<V1Pod> pods = [.. caches.Pods.ByIndex(OperatorCaches.ByServer, key).Select(pod => pod.Deserialize<V1Pod>())];
        var signature = await signatures.FindAsync(new(server, tenant, config), ct);
        var around = new Surroundings
        {
            NamespaceLabels = labels,
            ServersBefore = IsOverQuota(tenant, ns, config.Quotas) ? caches.CountServersBefore(tenant, server) : null,
            Signature = signature,
            Scopes = verdicts.OfServer(new(ns, server.Metadata.Name), tenant, config.Keycloak),
            ImageCommand = signature is { Effect: SignatureEffect.Refuse } ? null : await commands.FindAsync(new(server, tenant, config), ct),
            Configuration = config,
            MissingGateways = [.. config.Network.GatewayNamespaces.Where(gateway => caches.Namespaces.Get(new("", gateway)) is null)],
            Runtime = runtime,
            ToolConfig = server.Spec.ToolConfigRef is { } reference ? caches.ToolConfigs.Get(new(ns, reference.Name)) : null,
            Profile = server.Spec.PermissionProfile is { } profile ? caches.Profiles.Get(new(ns, profile.Name)) : null,
            Workload = caches.Children[runtime == RuntimeKind.Knative ? ResourceType.Of<KnativeService>() : ResourceType.Of<V1Deployment>()]
                .Get(new(ns, ChildNames.Workload(server.Metadata.Name))),
            Pods = pods,
            Kept = await _versions.ReadAsync(server, ct),
            Standing = new()
            {
                Policies = Standing<V1ConfigMap>(Labels.PolicyRole),
                Versions = Standing<V1ControllerRevision>(Labels.VersionRole),
                Templates = [.. pods.Select(pod => pod.Metadata.Labels?.GetValueOrDefault(Labels.Template)).OfType<string>().Distinct()],
            },
            Withheld = drift.Of(new(ns, server.Metadata.Name)),
            Ruling = Ruling.On(server, decisions.Current),
            Now = time.GetUtcNow().UtcDateTime,
        };
        var observed = MCPServerObserved.Of(server, around);
        return observed.TemplateToAsk is { } template && await AskAsync(pods, template, ct) is { } tools
            ? MCPServerObserved.Of(server, around with { Tools = tools })
            : observed;

        IReadOnlyList<string> Standing<T>(string role) where T : KubernetesEntity =>
        [
            .. caches.Children[ResourceType.Of<T>()].Informer.ByIndex(OperatorCaches.ByServer, key)
                .Where(child => child.Label(Labels.Role) == role && child.Controller?.Uid == server.Metadata.Uid).Select(child => child.Name),
        ];
    }

    /// <summary>Which tools the pods of a template have: the first that answers tells.</summary>
    private async Task<IReadOnlyList<ObservedTool>?> AskAsync(IReadOnlyList<V1Pod> pods, string template, CancellationToken ct)
    {
        foreach (var pod in pods.Where(p => p.Metadata.DeletionTimestamp is null && p.Metadata.Labels?.GetValueOrDefault(Labels.Template) == template))
        {
            if (await surfaces.FindAsync(pod, ct) is { } report)
            {
                return report.Tools;
            }
        }

        return null;
    }

    /// <summary>Only then it matters which servers came first, which takes longer to find out.</summary>
    private bool IsOverQuota(string tenant, string ns, QuotaSettings quotas) =>
        quotas.Mode == QuotaMode.Enforced && caches.CountServers(tenant, ns) > Tenants.QuotaOf(tenant, quotas).MaxServersPerTenant;

    /// <summary>
    /// A server with runtime Auto stays with what runs it already: installing Knative next to running servers, or upgrading it, must not
    /// move them.
    /// </summary>
    private RuntimeKind RuntimeOf(MCPServer server, OperatorConfiguration config)
    {
        var workload = new NamespacedName(server.Metadata.NamespaceProperty!, ChildNames.Workload(server.Metadata.Name));
        var runsAsDeployment = caches.Children[ResourceType.Of<V1Deployment>()].Get(workload)?.Controller?.Uid == server.Metadata.Uid;
        return server.Spec.Runtime == RuntimeKind.Auto && runsAsDeployment
            ? RuntimeKind.Deployment
            : RuntimeSelection.Of(server.Spec, caches.IsKnativeServed, config.Knative);
    }

    /// <summary>Children stand in the order in which they may exist: no workload before its policy and its isolation.</summary>
    private async Task<IReadOnlyList<ChildOutcome>> ApplyAsync(MCPServer server, IReadOnlyList<Child> children, CancellationToken ct)
    {
        var outcomes = new List<ChildOutcome>(children.Count);
        foreach (var child in children)
        {
            var guarded = child.Desired is V1Deployment or KnativeService;
            outcomes.Add(guarded && outcomes.Any(o => !o.IsGood)
                ? new(child.Type, child.Name, ChildState.Skipped, "waits for what has to stand before it")
                : await _applier.ApplyAsync(server, child, CompletionOf(child), ct));
        }

        return outcomes;
    }

    private IChildCompletion? CompletionOf(Child child) => child.Desired switch
    {
        V1Secret => _sessionKey,
        KnativeService => _revisionTemplate,
        _ => null,
    };

    private async Task PublishAsync(MCPServer server, MCPServerReport report, CancellationToken ct)
    {
        if (report.Changes(server.Status))
        {
            var key = new NamespacedName(server.Metadata.NamespaceProperty!, server.Metadata.Name);
            _written.Remember(key, await client.UpdateStatusAsync(server with { Status = report.Status }, ct));
        }

        events.Tell(server, report.Happenings);
    }

    private static ReconcileResult ResultOf(MCPServerObserved observed, IReadOnlyList<ChildOutcome> applied, TimeSpan lookAgain)
    {
        if (observed.SignatureRefuses)
        {
            // It may be signed later, and a registry that is down comes back.
            return ReconcileResult.Wait(RefusedRetry, "the image's signature is not accepted");
        }

        if (observed is { IsAccepted: true, ImageCommand: { Command: null } unknown })
        {
            return ReconcileResult.Wait(RefusedRetry, $"the image's registry does not tell what it starts ({unknown.Reason})");
        }

        if (!observed.IsAccepted || observed.WorkloadProblem is not null)
        {
            return ReconcileResult.Blocked("the spec or a reference has to be put right");
        }

        if (applied.Any(o => o.State is ChildState.Failed or ChildState.NotOwned))
        {
            return ReconcileResult.Wait(RefusedRetry, "a child was refused, or its name is taken");
        }

        // A proxy does not call when its server has told its tools; a server without pods has none to tell them.
        return observed is { TemplateToAsk: { } template, Server.Spec.Suspend: false } && observed.Pods.Any(p => p.Metadata.Labels?.GetValueOrDefault(Labels.Template) == template)
            ? ReconcileResult.Wait(AskAgain, "the server's tools are not known yet")
            : ReconcileResult.Wait(lookAgain, "its session key may be due then");
    }
}
