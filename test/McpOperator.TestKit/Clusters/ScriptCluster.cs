using System.Diagnostics;

namespace McpOperator.TestKit;

/// <summary>A cluster that <c>hack/cluster.sh</c> starts, with whatever provider this machine has.</summary>
public sealed class ScriptCluster : IK3sContainer
{
    private readonly string _name;
    private readonly Action<string> _log;
    private bool _started;

    /// <param name="purpose">A word that tells the cluster from others of this test run.</param>
    /// <param name="log">Gets what the script says.</param>
    public ScriptCluster(string purpose, Action<string> log)
    {
        (_name, _log) = ($"{purpose}-{Environment.ProcessId}", log);
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
        var output = await RunAsync("up", "--parent", $"{Environment.ProcessId}");
        Info = output.Split('\n').Select(l => l.Split('=', 2)).Where(l => l.Length == 2).ToDictionary(l => l[0], l => l[1]);
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
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "hack", "cluster.sh"), [command, "--name", _name, "--dir", State, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = new List<string>();
        // The cluster's processes may keep these pipes open; the script's end counts, not theirs.
        var output = new List<string>();
        process.OutputDataReceived += (_, e) => Keep(output, e.Data);
        process.ErrorDataReceived += (_, e) => Keep(said, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        await ProcessEnd.Of(process, limit.Token);
        return process.ExitCode == 0
            ? string.Join('\n', output)
            : throw new InvalidOperationException($"hack/cluster.sh {command} ended with {process.ExitCode}:\n{string.Join('\n', said)}");

        void Keep(List<string> lines, string? line)
        {
            if (line is not null)
            {
                lock (lines)
                {
                    lines.Add(line);
                }

                if (lines == said)
                {
                    _log(line);
                }
            }
        }
    }
}
