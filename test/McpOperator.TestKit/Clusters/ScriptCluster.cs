namespace McpOperator.TestKit;

/// <summary>A cluster that <c>hack/cluster.sh</c> starts, with whatever provider this machine has.</summary>
public sealed class ScriptCluster : IK3sContainer
{
    private readonly string _name;
    private readonly Action<string> _log;
    private readonly bool _node;
    private bool _started;

    /// <param name="purpose">A word that tells the cluster from others of this test run.</param>
    /// <param name="log">Gets what the script says.</param>
    /// <param name="node">Whether pods run.</param>
    public ScriptCluster(string purpose, Action<string> log, bool node = false)
    {
        (_name, _log, _node) = ($"{purpose}-{Environment.ProcessId}", log, node);
        Folder = Directory.CreateTempSubdirectory("mcp-cluster-").FullName;
        State = Path.Combine(Folder, "state");
    }

    /// <summary>What the script tells about the cluster, such as <c>MCP_CLUSTER_AUDIT_LOG</c>.</summary>
    public IReadOnlyDictionary<string, string> Info { get; private set; } = new Dictionary<string, string>();

    /// <summary>A folder that goes with the cluster.</summary>
    public string Folder { get; }

    private string State { get; }

    public async Task StartAsync(CancellationToken ct = default)
    {
        _started = true;
        // The cluster goes with this process, however that ends.
        Info = Lines.Parse(await RunAsync("up", ["--parent", $"{Environment.ProcessId}", .. _node ? ["--node"] : Array.Empty<string>()]));
    }

    public Task<string> GetKubeconfigAsync(CancellationToken ct = default) => File.ReadAllTextAsync(Info["KUBECONFIG"], ct);

    public async Task StopAsync(CancellationToken ct = default)
    {
        if (_started)
        {
            _started = false;
            await RunAsync("down");
        }

        Directory.Delete(Folder, recursive: true);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Runs a command of the script on this cluster, such as <c>kill-apiserver</c>.</summary>
    public async Task<string> RunAsync(string command, params string[] arguments)
    {
        var run = await ScriptRun.StartAsync("hack/cluster.sh", [command, "--name", _name, "--dir", State, .. arguments], _log);
        return run.ExitCode switch
        {
            0 => run.Output,
            NoNodeException.ExitCode => throw new NoNodeException(run.Said),
            _ => throw new InvalidOperationException($"hack/cluster.sh {command} ended with {run.ExitCode}:\n{run.Said}"),
        };
    }
}
