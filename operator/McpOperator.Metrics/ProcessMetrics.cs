using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace McpOperator.Metrics;

/// <summary>The process's own metrics under the names that every Prometheus client library gives them.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    public ProcessMetrics()
    {
        using var process = Process.GetCurrentProcess();
        var started = (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        Meter.CreateObservableGauge("process_start_time_seconds", () => started, description: "Start time of the process since unix epoch in seconds.");
        Meter.CreateObservableCounter("process_cpu_seconds_total", CpuSeconds, description: "Total user and system CPU time spent in seconds.");
        Meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, description: "Resident memory size in bytes.");
        Meter.CreateObservableGauge("dotnet_total_memory_bytes", () => GC.GetTotalMemory(forceFullCollection: false), description: "Total known allocated memory.");
        Meter.CreateObservableGauge("dotnet_heap_size_bytes", () => GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes, description: "Size of the managed heap at the last collection.");
        Meter.CreateObservableCounter("dotnet_collection_count_total", Collections, description: "GC collection count.");
        if (OperatingSystem.IsLinux())
        {
            Meter.CreateObservableGauge("process_open_fds", OpenFiles, description: "Number of open file descriptors.");
        }
    }

    /// <summary>Told apart by reference: two registries in one process must not see each other's.</summary>
    public Meter Meter { get; } = new(MetricsRegistry.ProcessMeter);

    public void Dispose() => Meter.Dispose();

    private static double CpuSeconds() =>
        OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() || OperatingSystem.IsBrowser() ? 0 : Environment.CpuUsage.TotalTime.TotalSeconds;

    private static int OpenFiles() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private static IEnumerable<Measurement<int>> Collections()
    {
        // Numbers of the generation as text, as prometheus-net writes them.
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            yield return new Measurement<int>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation));
        }
    }
}
