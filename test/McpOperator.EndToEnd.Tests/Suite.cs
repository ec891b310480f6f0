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
        var archives = (await RunAsync("hack/images.sh", "mcp-proxy", "fixture-server", "fixture-server-changed")).Split('\n').Select(line => line.Split(' ')[^1]);
        Images = await Cluster.PushAsync(archives.Select(archive => Path.Combine(Repository.Root, archive)));
        foreach (var role in YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", "user_roles.yaml")))
        {
            await Cluster.Api.ApplyAsync(role!.AsObject());
        }

        // The webhooks are served by this machine, which the API server reaches, and not by a pod.
        await Cluster.AllowSelfRegistrationAsync();
        var webhooks = OperatorProcess.FreePort();
        _operator = await OperatorProcess.StartAsync(
            Cluster.OperatorKubeconfig, await ConfigureAsync(), "--webhook-address", $"127.0.0.1:{webhooks}", "--webhook-url", $"https://127.0.0.1:{webhooks}");
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

    private static async Task<string> ConfigureAsync()
    {
        var (address, port) = (Cluster.ApiServer.Split(':')[0], Cluster.ApiServer.Split(':')[1]);
        var file = Path.Combine(Cluster.Folder, "config.yaml");
        await File.WriteAllTextAsync(file, $$"""
            images:
              allowedRegistries: ["{{Cluster.Registry}}"]
              signatures: {mode: "Off"}
              registries: {insecure: ["{{Cluster.Registry}}"]}
            proxy:
              image: {{Images["mcp-proxy"]}}
            network:
              apiServerCidrs: [{{address}}/32]
              apiServerPorts: [{{port}}]
            access:
              laxestMode: Open
            auth:
              allowAnonymous: true
            quotas:
              mode: unbounded
            """);
        return file;
    }

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var run = await ScriptRun.StartAsync(script, arguments, Say);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"{script} ended with {run.ExitCode}:\n{run.Said}");
    }
}
