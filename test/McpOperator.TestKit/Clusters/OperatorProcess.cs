using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace McpOperator.TestKit;

/// <summary>The operator as it is shipped: a process of its own, started with a configuration file, asked over HTTP, ended by signals.</summary>
public sealed class OperatorProcess : IAsyncDisposable
{
    /// <summary>What the API server's logs call it.</summary>
    public const string UserAgent = "mcp-operator";

    private const int LinesShown = 60;

    /// <summary>Seconds on an idle machine.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly (int Health, int Metrics) _ports;

    private OperatorProcess(Process process, (int Health, int Metrics) ports) => (_process, _ports) = (process, ports);

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Its log.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>The end of its log, to be shown when a test fails.</summary>
    public string LogEnd => string.Join('\n', Log.TakeLast(LinesShown));

    /// <summary>Memory in use, in bytes, as the kernel counts it.</summary>
    public long ResidentBytes => File.ReadLines($"/proc/{Id}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .FirstOrDefault();

    /// <summary>Runs another command of <c>mcp-operator</c> to its end.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Program(), .. arguments])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        GoWith(process.Id);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts <c>mcp-operator run</c>, and waits until it has read the cluster.</summary>
    /// <param name="kubeconfig">Which cluster.</param>
    /// <param name="configFile">The configuration file.</param>
    /// <param name="arguments">Further arguments.</param>
    public static async Task<OperatorProcess> StartAsync(string kubeconfig, string configFile, params string[] arguments)
    {
        var ports = (Health: FreePort(), Metrics: FreePort());
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [
            Program(), "run", "--kubeconfig", kubeconfig, "--config", configFile, "--health-address", $"127.0.0.1:{ports.Health}",
            "--metrics-address", $"127.0.0.1:{ports.Metrics}", .. arguments,
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = new Process { StartInfo = start };
        var started = new OperatorProcess(process, ports);
        process.OutputDataReceived += (_, e) => started.Keep(e.Data);
        process.ErrorDataReceived += (_, e) => started.Keep(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        GoWith(process.Id);
        try
        {
            await Eventually.Becomes(
                () => started.HasEnded ? throw new InvalidOperationException($"the operator has ended with {process.ExitCode}:\n{started.LogEnd}") : started.IsReadyAsync(),
                ready => ready,
                "the operator is ready",
                () => started.LogEnd,
                Slow);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether <c>/readyz</c> says so.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_ports.Health}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What <c>/metrics</c> shows.</summary>
    public Task<string> MetricsAsync() => _http.GetStringAsync(new Uri($"http://127.0.0.1:{_ports.Metrics}/metrics"));

    /// <summary>The sum of all series of a metric, or of those whose labels contain a text.</summary>
    public async Task<double> MetricAsync(string name, string labels = "") => (await MetricsAsync()).Split('\n')
        .Where(line => (line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal)) && line.Contains(labels, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Asks it to stop, as Kubernetes does, and waits.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            using var signal = Process.Start("kill", ["-TERM", $"{Id}"]);
            await signal.WaitForExitAsync();
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await ProcessEnd.Of(_process, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the operator did not stop within 30 s:\n{LogEnd}");
        }

        return _process.ExitCode;
    }

    /// <summary>Ends it at once, as a node that loses its power does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ProcessEnd.Of(_process, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _http.Dispose();
    }

    /// <summary>A port that nobody uses.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The operator that was built along with these tests.</summary>
    public static string Program()
    {
        var built = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        var file = Path.Combine(Repository.Root, "operator", "McpOperator.Host", "bin", built[^2], built[^1], "mcp-operator.dll");
        return File.Exists(file) ? file : throw new FileNotFoundException("the operator has not been built; run `dotnet build` on the solution", file);
    }

    /// <summary>However the tests end, the operator does not outlive them.</summary>
    private static void GoWith(int pid)
    {
        const string Script = """
            lives() { case "$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null)" in ''|Z*) return 1 ;; esac; }
            while lives "$1" && lives "$2"; do sleep 0.5; done
            if lives "$2"; then kill -9 "$2"; fi
            """;
        using var watchdog = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "watchdog", $"{Environment.ProcessId}", $"{pid}"]) { RedirectStandardOutput = true, RedirectStandardError = true });
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}
