using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using McpOperator.Kube;

namespace McpOperator.Benchmarks;

/// <summary>The operator's memory at one moment, in bytes.</summary>
/// <param name="Resident">The process' resident memory, shared libraries included.</param>
/// <param name="Anonymous">The part of it that is no file: heaps and stacks.</param>
/// <param name="Heap">The managed heap after the last collection.</param>
internal readonly record struct MemoryReading(long Resident, long Anonymous, long Heap);

/// <summary>The operator as a process of its own, looking after one namespace.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly HttpClient _http = new();
    private readonly (int Health, int Metrics) _ports;

    private OperatorProcess(Process process, StreamWriter log, (int Health, int Metrics) ports) => (_process, _log, _ports) = (process, log, ports);

    /// <summary>Starts it; it is ready some time later.</summary>
    /// <param name="options">Which program, and with which arguments.</param>
    /// <param name="cluster">Where.</param>
    /// <param name="ns">The namespace that it looks after.</param>
    /// <param name="configuration">Its configuration file, if it is not the one of all benchmarks.</param>
    /// <param name="more">Further arguments.</param>
    public static OperatorProcess Start(BenchmarkOptions options, BenchmarkCluster cluster, string ns, string? configuration = null, params string[] more)
    {
        var ports = (FreePort(), FreePort());
        var start = new ProcessStartInfo(options.OperatorPath,
        [
            "run", "--kubeconfig", cluster.Kubeconfig, "--config", configuration ?? Repository.Own("configuration.yaml"), "--namespace", ns,
            // The lease is renewed all the time, which is no write about servers.
            "--leader-election=false", $"--health-address=127.0.0.1:{ports.Item1}", $"--metrics-address=127.0.0.1:{ports.Item2}",
            .. options.OperatorArguments, .. more,
        ])
        { RedirectStandardError = true };
        var log = new StreamWriter(Path.Combine(options.OutputFolder, $"operator-{ns}.log"), append: true) { AutoFlush = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (log)
            {
                log.WriteLine(e.Data);
            }
        };
        process.BeginErrorReadLine();
        return new(process, log, ports);
    }

    /// <summary>Waits until <c>/readyz</c> says so.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        while (!await IsReadyAsync(ct))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The operator ended with exit code {_process.ExitCode}; see its log.");
            }

            await Task.Delay(20, ct);
        }
    }

    /// <summary>Waits until nothing waits in its queues and it has done nothing for a while.</summary>
    /// <returns>When the last thing was done.</returns>
    public async Task<long> WaitUntilIdleAsync(CancellationToken ct)
    {
        var (last, since) = (-1.0, Stopwatch.GetTimestamp());
        while (true)
        {
            var metrics = await ReadMetricsAsync(ct);
            var done = metrics.Sum(KubeMetrics.Reconciles) + metrics.Sum(KubeMetrics.ApiRequests);
            if (done != last || metrics.Sum(KubeMetrics.QueueDepth) > 0)
            {
                (last, since) = (done, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > Quiet)
            {
                return since;
            }

            await Task.Delay(100, ct);
        }
    }

    /// <summary>What <c>/metrics</c> says.</summary>
    public async Task<MetricsReading> ReadMetricsAsync(CancellationToken ct) =>
        MetricsReading.Parse(await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_ports.Metrics}/metrics"), ct));

    /// <summary>Its memory, as the kernel and its own metrics say.</summary>
    public async Task<MemoryReading> ReadMemoryAsync(CancellationToken ct)
    {
        var status = await File.ReadAllLinesAsync($"/proc/{_process.Id}/status", ct);
        var metrics = await ReadMetricsAsync(ct);
        return new(Kilobytes("VmRSS:"), Kilobytes("RssAnon:"), (long)metrics.Sum("dotnet_heap_size_bytes"));

        long Kilobytes(string field) => 1024 * long.Parse(
            status.Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Processor time that it has taken.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGTERM, as Kubernetes does; .NET itself only knows how to kill.
            Process.Start("kill", ["-TERM", $"{_process.Id}"]).Dispose();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        await _log.DisposeAsync();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_ports.Health}/readyz"), ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
