using System.Globalization;

namespace McpOperator.Benchmarks;

/// <summary>What processes take of the machine, from <c>/proc</c>.</summary>
internal static class ProcessFigures
{
    /// <summary>What one tick of the kernel's clock is (<c>sysconf(_SC_CLK_TCK)</c>, 100 on every Linux that .NET runs on).</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>A process's resident memory in bytes.</summary>
    public static long Resident(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>What a process has taken of the processor since its start.</summary>
    public static TimeSpan ProcessorTime(int process)
    {
        var fields = Fields(process);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * Tick;
    }

    /// <summary>What those have taken that a process has started and that still run.</summary>
    public static TimeSpan ProcessorTimeOfChildren(int process)
    {
        var sum = TimeSpan.Zero;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var other) && IsChild(other, process))
            {
                sum += ProcessorTime(other) + ProcessorTimeOfChildren(other);
            }
        }

        return sum;
    }

    private static bool IsChild(int process, int parent)
    {
        try
        {
            return int.Parse(Fields(process)[1], CultureInfo.InvariantCulture) == parent;
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }

    /// <summary>What follows a process's name in its line of figures (proc_pid_stat(5)).</summary>
    private static string[] Fields(int process)
    {
        var line = File.ReadAllText($"/proc/{process}/stat");
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }
}
