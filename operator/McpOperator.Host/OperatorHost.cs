using McpOperator.Cli;
using McpOperator.Kube;
using McpOperator.Manifests;
using McpOperator.Metrics;
using McpOperator.Objects;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.MCPAccessGrants;
using McpOperator.Reconcilers.MCPAgentSessions;
using McpOperator.Reconcilers.MCPServers;
using McpOperator.Reconcilers.MCPToolConfigs;
using McpOperator.Reconcilers.Realms;
using McpOperator.Reconcilers.ServerAccess;
using McpOperator.Reconcilers.Versions;
using McpOperator.Signatures;
using McpOperator.Webhooks;

namespace McpOperator.Host;

/// <summary>
/// Puts the operator together and runs it. Every replica reads the cluster, so that the one that becomes leader can start at once; only
/// the leader writes.
/// </summary>
[EntityRbac(typeof(V1Lease), Verbs = RbacVerb.Create, Scope = RbacScope.Own)]
[EntityRbac(typeof(V1Lease), Name = LeaseName, Verbs = RbacVerb.Get | RbacVerb.Update, Scope = RbacScope.Own)]
internal static class OperatorHost
{
    /// <summary>Exit code when the operator cannot start; 0 after it was told to stop.</summary>
    private const int CannotStart = 1;

    private const string LeaseName = "mcp-operator";

    public static async Task<int> RunAsync(RunOptions options, CancellationToken stopped)
    {
        using var logs = Logs.Create(options);
        var log = logs.CreateLogger("McpOperator");
        try
        {
            await RunAsync(options, logs, stopped);
            log.LogInformation("Stopped");
            return 0;
        }
        catch (ManifestException e)
        {
            foreach (var error in e.Errors)
            {
                log.LogCritical("The configuration is wrong: {Problem}", error);
            }
        }
        catch (Exception e) when (e is KubernetesConfigException or IOException or System.Net.Sockets.SocketException)
        {
            log.LogCritical("Cannot start: {Problem}", e.Message);
        }

        return CannotStart;
    }

    private static async Task RunAsync(RunOptions options, ILoggerFactory logs, CancellationToken stopped)
    {
        var (time, log) = (TimeProvider.System, logs.CreateLogger("McpOperator"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        using var metrics = new MetricsRegistry([KubeMetrics.MeterName]);
        using var client = new KubernetesClient(Connection(options), time);
        log.LogInformation("mcp-operator {Version} works with {Server}", VersionCommand.Version, client.Configuration.Server);

        using var configuration = new ConfigurationWatcher(options.ConfigFile, time, logs.CreateLogger<ConfigurationWatcher>());
        var addresses = new ApiServerAddresses(client, configuration, time, logs.CreateLogger<ApiServerAddresses>());
        var discovery = new ApiDiscovery(client, time, logs.CreateLogger<ApiDiscovery>());
        var caches = new OperatorCaches(client, discovery, time, logs.CreateLogger<OperatorCaches>(), options.Namespace);
        var identity = $"{Environment.MachineName}-{Environment.ProcessId}";
        await using var events = new EventRecorder(client, "mcp-operator", identity, time, logs.CreateLogger<EventRecorder>());
        using var verifier = new SignatureVerifier(time);
        using var commands = new ImageCommandReader(time);
        var secrets = new PullSecrets(client);
        var signatures = new ClusterSignatures(verifier, secrets);
        var decisions = new DecisionKey(client, ServiceOf(options), time, logs.CreateLogger<DecisionKey>());
        using var surfaces = new PodSurfaces();
        var drift = new DriftWatch(caches.Pods, surfaces, time);
        var settings = new ControllerOptions { Workers = options.Workers };
        var verdicts = new RealmVerdicts();
        using var connections = new RealmConnections(client, time);
        using var realms = RealmController.Create(
            new RealmReconciler(client, caches, addresses, connections, verdicts, events, time, logs.CreateLogger<RealmReconciler>(), options.Namespace),
            caches, verdicts, addresses, settings, time, logs.CreateLogger<RealmReconciler>());
        using var servers = MCPServerController.Create(
            new MCPServerReconciler(client, caches, addresses, signatures, new ClusterImageCommands(commands, secrets), verdicts, surfaces, drift, decisions, events, time), caches, addresses, settings, time, logs.CreateLogger<MCPServerReconciler>());
        using var toolConfigs = MCPToolConfigController.Create(
            new MCPToolConfigReconciler(client, caches, time), caches, settings, time, logs.CreateLogger<MCPToolConfigReconciler>());

        var published = new PublishedAccess(time);
        using var access = ServerAccessController.Create(
            new ServerAccessReconciler(client, caches, addresses, published, time, logs.CreateLogger<ServerAccessReconciler>()),
            caches, published, addresses, settings, time, logs.CreateLogger<ServerAccessReconciler>());
        using var grants = MCPAccessGrantController.Create(
            new MCPAccessGrantReconciler(client, caches, addresses, published, verdicts, events, time), caches, published, addresses, settings, time, logs.CreateLogger<MCPAccessGrantReconciler>());
        using var sessions = MCPAgentSessionController.Create(
            new MCPAgentSessionReconciler(client, caches, addresses, published, events, time), caches, published, addresses, settings, time, logs.CreateLogger<MCPAgentSessionReconciler>());

        verdicts.ServerChanged += servers.Enqueue;
        drift.Changed += servers.Enqueue;
        verdicts.GrantChanged += grants.Enqueue;

        await using var webhooks = options.WebhookAddress is null
            ? null
            : await WebhookService.StartAsync(WebhooksOf(options), client, caches, signatures, decisions, addresses, time, logs.CreateLogger<WebhookService>());
        await using var face = await OperatorFace.StartAsync(options, metrics, () => caches.All.All(source => source.HasSynced) && webhooks?.IsReady != false && (webhooks is null || decisions.Current is not null));
        await addresses.RefreshAsync(stop.Token);
        var reading = Task.WhenAll(discovery.RunAsync(stop.Token), caches.RunAsync(stop.Token), addresses.RunAsync(stop.Token),
            webhooks?.RunAsync(stop.Token) ?? Task.CompletedTask, webhooks is null ? Task.CompletedTask : decisions.RunAsync(stop.Token));
        try
        {
            await LeadAsync(ct => Task.WhenAll(servers.RunAsync(ct), toolConfigs.RunAsync(ct), access.RunAsync(ct), grants.RunAsync(ct), sessions.RunAsync(ct), realms.RunAsync(ct), drift.RunAsync(ct)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it ends.
        }

        await stop.CancelAsync();
        await reading;

        async Task LeadAsync(Func<CancellationToken, Task> work)
        {
            if (!options.LeaderElection)
            {
                await work(stop.Token);
                return;
            }

            var elector = new LeaderElector(
                client,
                new LeaderElectionOptions
                {
                    Namespace = options.LeaseNamespace,
                    Name = LeaseName,
                    Identity = identity,
                    LeaseDuration = options.LeaseDuration,
                    RenewDeadline = options.LeaseDuration * 2 / 3,
                    RetryPeriod = options.LeaseDuration / 7.5,
                },
                time,
                logs.CreateLogger<LeaderElector>());
            await elector.RunAsync(work, stop.Token);
        }
    }

    private static NamespacedName ServiceOf(RunOptions options) => new(options.LeaseNamespace, options.WebhookService);

    private static WebhookOptions WebhooksOf(RunOptions options) => new()
    {
        Address = OperatorFace.Endpoint(options.WebhookAddress!, "--webhook-address"),
        Service = ServiceOf(options),
        Url = options.WebhookUrl,
        CertificateFolder = options.WebhookCertificates,
    };

    private static KubernetesClientConfiguration Connection(RunOptions options) =>
        options.Kubeconfig is null && options.Context is null && KubernetesClientConfiguration.IsInCluster
            ? KubernetesClientConfiguration.InCluster()
            : KubernetesClientConfiguration.Load(options.Kubeconfig, options.Context);
}
