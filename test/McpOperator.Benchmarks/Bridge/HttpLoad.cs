using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>Calls over several connections at once, each on a thread of its own.</summary>
internal static partial class HttpLoad
{
    private const long NanosecondsInSecond = 1_000_000_000;

    /// <summary>Calls.</summary>
    /// <param name="callers">How many connections.</param>
    /// <param name="time">How long.</param>
    /// <param name="connect">Opens one.</param>
    /// <param name="requests">What the connection of a number sends, in turn.</param>
    /// <param name="expected">What answers must have in them.</param>
    /// <param name="rate">Calls in a second of all together, evenly spread; nothing: as quickly as they are answered.</param>
    /// <returns>How long each call took, in milliseconds.</returns>
    public static List<double> Run(
        int callers, TimeSpan time, Func<HttpCaller> connect, Func<HttpCaller, int, IReadOnlyList<byte[]>> requests, byte[] expected, double? rate = null)
    {
        var (latencies, failures) = (new ConcurrentBag<List<double>>(), new ConcurrentQueue<Exception>());
        var began = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, callers).Select(i => new Thread(() =>
        {
            try
            {
                latencies.Add(Call(i));
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failures.IsEmpty ? [.. latencies.SelectMany(l => l)] : throw new AggregateException(failures);

        List<double> Call(int i)
        {
            using var caller = connect();
            var (own, taken) = (requests(caller, i), new List<double>());
            var pause = rate is { } all ? TimeSpan.FromSeconds(callers / all) : TimeSpan.Zero;
            for (var due = pause * i / callers; Stopwatch.GetElapsedTime(began) is var now && now < time; due += pause)
            {
                Sleep(due - now);
                var sent = Stopwatch.GetTimestamp();
                caller.Call(own[taken.Count % own.Count], expected);
                taken.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return taken;
        }
    }

    /// <summary>Timers of .NET tick by the millisecond: all connections would call at the same moments, and wait for each other.</summary>
    private static void Sleep(TimeSpan time)
    {
        if (time > TimeSpan.Zero)
        {
            var nanoseconds = (long)time.TotalNanoseconds;
            _ = NanoSleep(new(nanoseconds / NanosecondsInSecond, nanoseconds % NanosecondsInSecond), 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint rest);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
