using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>Tests with a cluster of their own, and an operator there that has the rights and the webhooks that it is installed with.</summary>
/// <param name="name">The cluster's name.</param>
public abstract class OwnClusterTest(string name) : ServerTest
{
    private static readonly ResourceType ClusterRole = new("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", Namespaced: false);

    private readonly string _webhook = $"127.0.0.1:{OperatorProcess.FreePort()}";
    private Cluster? _cluster;
    private OperatorProcess? _operator;

    protected override Cluster Cluster => _cluster!;

    protected override OperatorProcess? Operator => _operator;

    protected string ConfigFile => Path.Combine(Cluster.Folder, "config.yaml");

    /// <summary>Starts the cluster, in which no operator runs yet.</summary>
    protected async Task StartClusterAsync(string configuration)
    {
        _cluster = await Cluster.StartAsync(name, Suite.Say);
        await File.WriteAllTextAsync(ConfigFile, configuration);
        await _cluster.AllowSelfRegistrationAsync();
    }

    /// <summary>Makes the roles that people can be given.</summary>
    protected async Task InstallUserRolesAsync()
    {
        foreach (var role in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", "user_roles.yaml")))
        {
            await Api.CreateAsync(ClusterRole, null, role!.AsObject());
        }
    }

    protected Task StartOperatorAsync(bool leaderElection = false) => StartOperatorAsync(leaderElection, "--webhook-address", _webhook, "--webhook-url", $"https://{_webhook}");

    protected Task StartOperatorWithoutWebhooksAsync() => StartOperatorAsync(leaderElection: false, []);

    protected async Task StopOperatorAsync()
    {
        if (_operator is { } running)
        {
            _operator = null;
            await running.StopAsync();
            await running.DisposeAsync();
        }
    }

    [OneTimeTearDown]
    public async Task RemoveCluster()
    {
        await StopOperatorAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private async Task StartOperatorAsync(bool leaderElection, params string[] more) =>
        _operator = await OperatorProcess.StartAsync(Cluster.OperatorKubeconfig, ConfigFile, ["--leader-election", leaderElection ? "true" : "false", .. more]);
}
