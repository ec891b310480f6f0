using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>
/// <c>mcp-proxy bridge</c> beside the two bridges from npm that people use, and beside the bare server: the same server, the same
/// client, in turn.
/// </summary>
/// <param name="console">Where progress and results are shown.</param>
/// <param name="program">Our program.</param>
/// <param name="folder">Where results go, and the peers' packages lie.</param>
internal sealed class BridgeBenchmark(IAnsiConsole console, string program, string folder)
{
    private const string Ours = "mcp-proxy bridge (ours)";

    private static readonly byte[] Expected = "Echo: hello"u8.ToArray();
    private static readonly int[] Callers = [1, 16];

    private readonly string _modules = Path.Combine(folder, "peers", "node_modules");

    /// <summary>The call that is made again and again.</summary>
    public static string Call(int id) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"echo","arguments":{"message":"hello"} } }""".Replace(" ", "", StringComparison.Ordinal);

    /// <summary>Measures, shows and saves.</summary>
    /// <param name="rounds">Rounds; each bridge has one turn in each, and medians are shown.</param>
    /// <param name="seconds">How long a turn takes for each number of callers.</param>
    /// <param name="ct">Gives up.</param>
    public async Task RunAsync(int rounds, double seconds, CancellationToken ct)
    {
        InstallPeers();
        var everything = new[] { "node", Path.Combine(_modules, "@modelcontextprotocol", "server-everything", "dist", "index.js") };
        var echo = new[] { "perl", Path.Combine(AppContext.BaseDirectory, "Bridge", "echo.pl") };
        List<ServerResult> results =
        [
            await MeasureAsync("server-everything", everything, rounds, TimeSpan.FromSeconds(seconds), ct),
            await MeasureAsync("a trivial echo server", echo, rounds, TimeSpan.FromSeconds(seconds), ct),
        ];
        foreach (var result in results)
        {
            Print(result);
        }

        var path = Path.Combine(folder, $"bridge-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(results, JsonSerializerOptions.Web), ct);
        console.MarkupLineInterpolated($"[grey]{path}[/]");
    }

    private async Task<ServerResult> MeasureAsync(string name, string[] server, int rounds, TimeSpan time, CancellationToken ct)
    {
        var commands = Commands(server);
        var measured = commands.Keys.ToDictionary(target => target, _ => new Figures());
        var (bare, bareProcessor) = (Callers.ToDictionary(callers => callers, _ => new List<double>()), Callers.ToDictionary(callers => callers, _ => new List<double>()));
        for (var round = 0; round < rounds; round++)
        {
            // The order changes, so that what neighbours do falls on all alike.
            foreach (var target in commands.Keys.Skip(round % commands.Count).Concat(commands.Keys.Take(round % commands.Count)))
            {
                console.MarkupLineInterpolated($"[grey]{name}, round {round + 1} of {rounds}: {target}[/]");
                await MeasureAsync(target, commands[target], measured[target], time, ct);
            }

            using var pipe = new BarePipe(server);
            pipe.Measure(16, time / 4);
            foreach (var callers in Callers)
            {
                var before = pipe.ServerProcessorTime;
                bare[callers].Add(pipe.Measure(callers, time));
                bareProcessor[callers].Add((pipe.ServerProcessorTime - before).TotalMicroseconds / (bare[callers][^1] * time.TotalSeconds));
            }
        }

        return new(name, Medians(bare), Medians(bareProcessor), measured.ToDictionary(pair => pair.Key, pair => pair.Value.Result()));
    }

    private static async Task MeasureAsync(string name, Func<int, IReadOnlyList<string>> command, Figures figures, TimeSpan time, CancellationToken ct)
    {
        using var target = BridgeTarget.Start(name, command);
        figures.Start.Add(target.StartMilliseconds);
        await Task.Delay(500, ct);
        figures.Idle.Add(target.Resident);
        Load(target, 16, time / 4);
        foreach (var callers in Callers)
        {
            var before = (target.ProcessorTime, target.ServerProcessorTime, Own: Environment.CpuUsage.TotalTime);
            var latencies = Load(target, callers, time);
            figures.Processor[callers].Add((target.ProcessorTime - before.ProcessorTime).TotalMicroseconds / latencies.Count);
            figures.ServerProcessor[callers].Add((target.ServerProcessorTime - before.ServerProcessorTime).TotalMicroseconds / latencies.Count);
            figures.ClientProcessor[callers].Add((Environment.CpuUsage.TotalTime - before.Own).TotalMicroseconds / latencies.Count);
            figures.CallsPerSecond[callers].Add(latencies.Count / time.TotalSeconds);
            figures.Median[callers].Add(Statistics.Median(latencies));
            figures.P99[callers].Add(Statistics.Percentile(latencies, 0.99));
        }

        figures.Loaded.Add(target.Resident);
    }

    private static List<double> Load(BridgeTarget target, int callers, TimeSpan time) =>
        HttpLoad.Run(callers, time, target.Connect, (caller, i) => [caller.Request(Call(i + 1), target.Session)], Expected);

    private Dictionary<string, Func<int, IReadOnlyList<string>>> Commands(string[] server) => new()
    {
        [Ours] = port => [program, "bridge", $"--listen=127.0.0.1:{port}", "--", .. server],
        ["supergateway --stateful"] = port =>
        [
            "node", Path.Combine(_modules, "supergateway", "dist", "index.js"), "--stdio", string.Join(' ', server), "--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none", "--port", $"{port}",
        ],
        ["mcp-proxy (npm)"] = port => ["node", Path.Combine(_modules, "mcp-proxy", "dist", "bin", "mcp-proxy.mjs"), "--host", "127.0.0.1", "--port", $"{port}", "--server", "stream", "--", .. server],
    };

    private void InstallPeers()
    {
        var peers = Path.GetDirectoryName(_modules)!;
        Directory.CreateDirectory(peers);
        foreach (var file in new[] { "package.json", "package-lock.json" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Bridge", file), Path.Combine(peers, file), overwrite: true);
        }

        if (!Directory.Exists(_modules))
        {
            console.MarkupLine("[grey]installing the peers from npm[/]");
            using var npm = Process.Start("npm", ["ci", "--prefix", peers, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
            npm.WaitForExit();
            if (npm.ExitCode != 0)
            {
                throw new InvalidOperationException("npm could not install the peers.");
            }
        }
    }

    private static Dictionary<int, double> Medians(Dictionary<int, List<double>> values) => values.ToDictionary(pair => pair.Key, pair => Statistics.Median(pair.Value));

    private void Print(ServerResult result)
    {
        var table = new Table().Title($"Bridges in front of {result.Server}").Caption($"{Environment.ProcessorCount} cores, shared with the client")
            .AddColumn("bridge").AddColumn("calls/s, 1 caller").AddColumn("p50 / p99 ms").AddColumn("calls/s, 16 callers").AddColumn("p50 / p99 ms").AddColumn("CPU µs: bridge / server / client").AddColumn("MiB idle").AddColumn("loaded").AddColumn("ms to first answer");
        foreach (var (name, r) in result.Bridges)
        {
            table.AddRow(name, $"{r.CallsPerSecond[1]:0}", $"{r.Median[1]:0.00} / {r.P99[1]:0.0}", $"{r.CallsPerSecond[16]:0}", $"{r.Median[16]:0.00} / {r.P99[16]:0.0}", $"{r.Processor[16]:0} / {r.ServerProcessor[16]:0} / {r.ClientProcessor[16]:0}", $"{r.Idle / 1048576:0.0}", $"{r.Loaded / 1048576:0.0}", $"{r.Start:0}");
        }

        table.AddRow("bare pipe", $"{result.BarePipe[1]:0}", "", $"{result.BarePipe[16]:0}", "", $"- / {result.BareProcessor[16]:0} / -", "", "", "");
        console.Write(table);
        var (ours, best) = (result.Bridges[Ours].CallsPerSecond[16], result.Bridges.Where(pair => pair.Key != Ours).Max(pair => pair.Value.CallsPerSecond[16]));
        console.MarkupLineInterpolated($"at 16 callers: {ours / best:0.0} times the better peer, {ours / result.BarePipe[16]:0.0%} of the bare pipe");
    }

    /// <summary>What all rounds measured of one bridge.</summary>
    private sealed class Figures
    {
        public List<double> Start { get; } = [];

        public List<double> Idle { get; } = [];

        public List<double> Loaded { get; } = [];

        public Dictionary<int, List<double>> CallsPerSecond { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public Dictionary<int, List<double>> Median { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public Dictionary<int, List<double>> P99 { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public Dictionary<int, List<double>> Processor { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public Dictionary<int, List<double>> ServerProcessor { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public Dictionary<int, List<double>> ClientProcessor { get; } = Callers.ToDictionary(callers => callers, _ => new List<double>());

        public BridgeResult Result() => new(
            Statistics.Median(Start), Statistics.Median(Idle), Statistics.Median(Loaded), Medians(CallsPerSecond), Medians(Median), Medians(P99), Medians(Processor), Medians(ServerProcessor), Medians(ClientProcessor));
    }
}

/// <summary>What was measured in front of one server.</summary>
/// <param name="Server">The server.</param>
/// <param name="BarePipe">Calls a second without a bridge, by number of callers.</param>
/// <param name="BareProcessor">Microseconds of the processor that the server takes for a call without a bridge, by number of callers.</param>
/// <param name="Bridges">The bridges.</param>
internal sealed record ServerResult(string Server, IReadOnlyDictionary<int, double> BarePipe, IReadOnlyDictionary<int, double> BareProcessor, IReadOnlyDictionary<string, BridgeResult> Bridges);

/// <summary>Medians over all rounds.</summary>
/// <param name="Start">Milliseconds from its start until a handshake was answered.</param>
/// <param name="Idle">Resident bytes before the load.</param>
/// <param name="Loaded">Resident bytes after it.</param>
/// <param name="CallsPerSecond">By number of callers.</param>
/// <param name="Median">Milliseconds of a call, by number of callers.</param>
/// <param name="P99">Milliseconds that 99 of 100 calls do not exceed, by number of callers.</param>
/// <param name="Processor">Microseconds of the processor that the bridge takes for a call, by number of callers.</param>
/// <param name="ServerProcessor">What the server behind it takes.</param>
/// <param name="ClientProcessor">What the client takes.</param>
internal sealed record BridgeResult(
    double Start,
    double Idle,
    double Loaded,
    IReadOnlyDictionary<int, double> CallsPerSecond,
    IReadOnlyDictionary<int, double> Median,
    IReadOnlyDictionary<int, double> P99,
    IReadOnlyDictionary<int, double> Processor,
    IReadOnlyDictionary<int, double> ServerProcessor,
    IReadOnlyDictionary<int, double> ClientProcessor);
