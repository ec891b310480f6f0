using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Benchmarks;

/// <summary>A control plane of our own, made by <c>hack/cluster.sh</c>, which takes it down when this process ends.</summary>
internal sealed class BenchmarkCluster : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _info;

    private BenchmarkCluster(string folder, IReadOnlyDictionary<string, string> info)
    {
        (_folder, _info) = (folder, info);
        var configuration = KubernetesClientConfiguration.Load(Kubeconfig);
        configuration.UserAgent = "mcp-operator-benchmarks";
        Client = new KubernetesClient(configuration);
    }

    /// <summary>The administrator's kubeconfig.</summary>
    public string Kubeconfig => _info["KUBECONFIG"];

    /// <summary>The program that runs the cluster.</summary>
    public string Provider => _info["MCP_CLUSTER_PROVIDER"];

    /// <summary>A client for setting up and for counting.</summary>
    public KubernetesClient Client { get; }

    /// <summary>Processor time that the API server and its store have taken; nothing where the cluster is not made of plain processes.</summary>
    public TimeSpan ProcessorTime => new[] { "kube-apiserver", "etcd" }.Select(name => Path.Combine(_folder, $"{name}.pid")).Where(File.Exists)
        .Aggregate(TimeSpan.Zero, static (sum, file) =>
        {
            using var process = Process.GetProcessById(int.Parse(File.ReadAllText(file).Split(' ')[0], CultureInfo.InvariantCulture));
            return sum + process.TotalProcessorTime;
        });

    /// <summary>Starts it, with our kinds and the optional ones.</summary>
    public static async Task<BenchmarkCluster> StartAsync(Action<string> say, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"mcp-bench-{Environment.ProcessId}");
        var output = await RunAsync(Script, ["up", "--name", "bench", "--dir", folder, "--parent", $"{Environment.ProcessId}"], say, ct);
        var info = output.Split('\n').Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
        var cluster = new BenchmarkCluster(folder, info);
        await cluster.KubectlAsync(["apply", "--validate=false", "-k", Path.Combine(Repository.Root, "crds", "bases")], ct);
        await cluster.KubectlAsync(["apply", "--validate=false", "-f", Path.Combine(Repository.Root, "hack", "cluster", "crds")], ct);
        await cluster.KubectlAsync(["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"], ct);
        // Its garbage collector takes new kinds for unknown until it looks again.
        await RunAsync(Script, ["restart-controller-manager", "--name", "bench", "--dir", folder], say, ct);
        return cluster;
    }

    /// <summary>Makes a namespace and waits for what the controllers put into each.</summary>
    public async Task CreateNamespaceAsync(string name, CancellationToken ct)
    {
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = name } }, ct);
        while (await Client.GetAsync<V1ServiceAccount>("default", name, ct) is null || await Client.GetAsync<V1ConfigMap>("kube-root-ca.crt", name, ct) is null)
        {
            await Task.Delay(200, ct);
        }
    }

    /// <summary>How many objects of a kind there are. The API server is asked for one object and for the number of the rest: nearly free.</summary>
    public async Task<int> CountAsync(ResourceType type, string ns, CancellationToken ct)
    {
        var group = type.Group.Length == 0 ? "/api/v1" : $"/apis/{type.ApiVersion}";
        var list = await Client.GetPathAsync<JsonElementList>($"{group}/namespaces/{ns}/{type.Plural}?limit=1", ct);
        return list is null ? 0 : list.Items.Count + (int)(list.Metadata.RemainingItemCount ?? 0);
    }

    /// <summary>Writes that the API server answered to the operator since a moment, by its own audit log.</summary>
    public IReadOnlyList<string> OperatorWritesSince(DateTimeOffset since)
    {
        var writes = new List<string>();
        using var file = new FileStream(_info["MCP_CLUSTER_AUDIT_LOG"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var lines = new StreamReader(file);
        while (lines.ReadLine() is { } line)
        {
            // Cheap looks first: there are hundreds of thousands of lines.
            if (line.Contains("\"userAgent\":\"mcp-operator\"", StringComparison.Ordinal))
            {
                using var entry = JsonDocument.Parse(line);
                if (entry.RootElement.GetProperty("requestReceivedTimestamp").GetDateTimeOffset() >= since)
                {
                    writes.Add($"{entry.RootElement.GetProperty("verb").GetString()} {entry.RootElement.GetProperty("requestURI").GetString()}");
                }
            }
        }

        return writes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        RunAsync(Script, ["down", "--name", "bench", "--dir", _folder], static _ => { }, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static string Script => Path.Combine(Repository.Root, "hack", "cluster.sh");

    private Task<string> KubectlAsync(IReadOnlyList<string> arguments, CancellationToken ct) =>
        RunAsync(_info["MCP_CLUSTER_KUBECTL"], ["--kubeconfig", Kubeconfig, .. arguments], static _ => { }, ct);

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, Action<string> say, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var trouble = new List<string>();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is { Length: > 0 } line)
            {
                trouble.Add(line);
                say(line);
            }
        };
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} failed:\n{string.Join('\n', trouble)}");
    }

    private sealed record JsonElementList(ListMeta Metadata, IReadOnlyList<JsonElement> Items);

    private sealed record ListMeta(long? RemainingItemCount);
}
