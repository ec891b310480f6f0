// One after the other: they share two cores with a whole cluster.
[assembly: NonParallelizable]

namespace McpOperator.EndToEnd.Tests;

/// <summary>One cluster with a node, on which pods run, and one operator beside it, for all tests.</summary>
[SetUpFixture]
public sealed class Suite
{
    private static Cluster? _cluster;
    private static OperatorProcess? _operator;

    public static Cluster Cluster => _cluster ?? throw new InvalidOperationException("the cluster does not run");

    public static OperatorProcess Operator => _operator ?? throw new InvalidOperationException("the operator does not run");

    /// <summary>References by digest of the images that <c>hack/images.sh</c> makes, by name.</summary>
    public static IReadOnlyDictionary<string, string> Images { get; private set; } = new Dictionary<string, string>();

    /// <summary>The Node.js that runs <c>test/clients</c>.</summary>
    public static string Node { get; private set; } = "";

    public static void Say(string what) => TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    [OneTimeSetUp]
    public async Task Start()
    {
        try
        {
            _cluster = await Cluster.StartAsync("e2e", Say, node: true);
        }
        catch (NoNodeException e)
        {
            Assert.Ignore($"This machine cannot run pods: {e.Message}");
        }

        Say("NetworkPolicies are made here, but nothing on this node enforces them");
        Node = (await RunAsync("hack/test-clients.sh")).Split('\n')[^1];
        Images = await PushAsync("mcp-proxy", "fixture-server", "fixture-server-changed");
        foreach (var role in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", "user_roles.yaml")))
        {
            await Cluster.Api.ApplyAsync(role!.AsObject());
        }

        await ConfigureAsync(Configuration());
        await Cluster.AllowSelfRegistrationAsync();
        var webhooks = $"127.0.0.1:{OperatorProcess.FreePort()}";
        _operator = await OperatorProcess.StartAsync(
            Cluster.OperatorKubeconfig, ConfigFile, "--webhook-address", webhooks, "--webhook-url", $"https://{webhooks}", "--leader-election", "false");
        Say("the operator is ready");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>The operator's configuration, which it reads again when it changes.</summary>
    public static string ConfigFile => Path.Combine(Cluster.Folder, "config.yaml");

    /// <summary>What stands in <see cref="ConfigFile"/>.</summary>
    /// <param name="access">How lax servers may be.</param>
    /// <param name="quotas">How much tenants may have.</param>
    /// <param name="more">Further sections.</param>
    public static string Configuration(string access = "laxestMode: Open", string quotas = "mode: unbounded", string more = "") => $$"""
        images:
          allowedRegistries: ["{{Cluster.Registry}}"]
          signatures: {mode: "Off"}
          registries: {insecure: ["{{Cluster.Registry}}"]}
        proxy:
          image: {{Images["mcp-proxy"]}}
        network:
          apiServerCidrs: [{{Cluster.ApiServer.Split(':')[0]}}/32]
          apiServerPorts: [{{Cluster.ApiServer.Split(':')[1]}}]
        access: { {{access}} }
        auth:
          allowAnonymous: true
        quotas: { {{quotas}} }
        {{more}}
        """;

    /// <summary>Puts a configuration in the place of the one that is there, at one stroke as the kubelet does: half a file is another configuration.</summary>
    public static async Task ConfigureAsync(string configuration)
    {
        await File.WriteAllTextAsync($"{ConfigFile}.new", configuration);
        File.Move($"{ConfigFile}.new", ConfigFile, overwrite: true);
    }

    /// <summary>Makes images and puts them into the node's registry.</summary>
    /// <returns>Their references by digest, by name.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> PushAsync(params string[] images)
    {
        var archives = (await RunAsync("hack/images.sh", images)).Split('\n').Select(line => line.Split(' ')[^1]);
        return await Cluster.PushAsync(archives.Select(archive => Path.Combine(Repository.Root, archive)));
    }

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var run = await ScriptRun.StartAsync(script, arguments, Say);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"{script} ended with {run.ExitCode}:\n{run.Said}");
    }
}
