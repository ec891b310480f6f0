using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpOperator.Benchmarks.Bridge;
using Spectre.Console;

namespace McpOperator.Benchmarks.Proxy;

/// <summary>
/// What <c>mcp-proxy serve</c> adds to a call: the same server with and without it, in turn, at the same rate. That rate is half of what the
/// proxy carries, so that queues do not hide what it costs.
/// </summary>
/// <param name="console">Where progress and results are shown.</param>
/// <param name="program">Our program.</param>
/// <param name="folder">Where results go.</param>
internal sealed class PassThroughBenchmark(IAnsiConsole console, string program, string folder)
{
    /// <summary>Connections that call.</summary>
    public const int Callers = 16;

    private const double MostAddedMedian = 0.15;
    private const double MostAdded99 = 1;

    private static readonly byte[] Expected = "Echo: hello"u8.ToArray();

    /// <summary>Measures, shows and saves.</summary>
    /// <param name="rounds">Rounds; each has one turn with and one without the proxy, and medians are shown.</param>
    /// <param name="seconds">How long a turn takes.</param>
    /// <param name="ct">Gives up.</param>
    public async Task RunAsync(int rounds, double seconds, CancellationToken ct)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await using var server = await TrivialServer.StartAsync();
        var figures = new List<Turn>();
        for (var round = 0; round < rounds; round++)
        {
            console.MarkupLineInterpolated($"[grey]round {round + 1} of {rounds}[/]");
            using var proxy = await ProxyProcess.StartAsync(program, server.Port, Expected, ct);
            await Task.Delay(500, ct);
            var idle = proxy.Resident;
            await LoadAsync(proxy.Port, TimeSpan.Zero, time / 2, ct);
            await LoadAsync(server.Port, TimeSpan.Zero, time / 2, ct);
            var carried = (await LoadAsync(proxy.Port, TimeSpan.Zero, time, ct)).Count / time.TotalSeconds;
            var bare = (await LoadAsync(server.Port, TimeSpan.Zero, time, ct)).Count / time.TotalSeconds;
            var pause = TimeSpan.FromSeconds(Callers / (carried / 2));
            var without = await LoadAsync(server.Port, pause, time, ct);
            var with = await LoadAsync(proxy.Port, pause, time, ct);
            figures.Add(new(carried, bare, Statistics.Median(without), Statistics.Percentile(without, 0.99), Statistics.Median(with), Statistics.Percentile(with, 0.99), idle, proxy.Resident, proxy.StartMilliseconds));
        }

        Print(figures);
        var path = Path.Combine(folder, $"proxy-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(figures, JsonSerializerOptions.Web), ct);
        console.MarkupLineInterpolated($"[grey]{path}[/]");
    }

    /// <summary>Calls from several connections at once.</summary>
    /// <param name="port">Whom.</param>
    /// <param name="pause">From one call of a connection to its next; zero: as quickly as they are answered.</param>
    /// <param name="time">How long.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="tokens">Tokens that calls bring in turn; nothing: none.</param>
    public static async Task<List<double>> LoadAsync(int port, TimeSpan pause, TimeSpan time, CancellationToken ct, IReadOnlyList<string>? tokens = null)
    {
        var began = Stopwatch.GetTimestamp();
        var each = await Task.WhenAll(Enumerable.Range(0, Callers).Select(async i =>
        {
            using var caller = await HttpCaller.ConnectAsync(port, ct);
            var requests = (tokens ?? [null!]).Select(token => caller.Request(BridgeBenchmark.Call(i + 1), null, token)).ToList();
            var (latencies, due) = (new List<double>(), pause * i / Callers);
            while (Stopwatch.GetElapsedTime(began) is var now && now < time)
            {
                if (due > now)
                {
                    await Task.Delay(due - now, ct);
                }

                due += pause;
                var sent = Stopwatch.GetTimestamp();
                await caller.CallAsync(requests[(latencies.Count + (i * requests.Count / Callers)) % requests.Count], Expected, ct);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return latencies;
        }));
        return [.. each.SelectMany(latencies => latencies)];
    }

    private void Print(List<Turn> turns)
    {
        var (median, p99) = (Of(turn => turn.Median - turn.BareMedian), Of(turn => turn.P99 - turn.Bare99));
        var table = new Table().Title("mcp-proxy serve before a trivial server").Caption($"{Environment.ProcessorCount} cores, {turns.Count} rounds, medians")
            .AddColumn("figure").AddColumn(new TableColumn("measured").RightAligned()).AddColumn(new TableColumn("wanted").RightAligned());
        table.AddRow($"calls/s, {Callers} callers, with / without", $"{Of(turn => turn.CallsPerSecond):0} / {Of(turn => turn.BareCallsPerSecond):0}", "");
        table.AddRow("at half load: p50 with / without", $"{Of(turn => turn.Median):0.000} / {Of(turn => turn.BareMedian):0.000} ms", "");
        table.AddRow("at half load: p99 with / without", $"{Of(turn => turn.P99):0.000} / {Of(turn => turn.Bare99):0.000} ms", "");
        table.AddRow(new Text("added at p50"), Judged($"{median:0.000} ms", median <= MostAddedMedian), new Text($"≤ {MostAddedMedian} ms"));
        table.AddRow(new Text("added at p99"), Judged($"{p99:0.000} ms", p99 <= MostAdded99), new Text($"≤ {MostAdded99} ms"));
        table.AddRow(new Text("resident, idle"), Judged($"{Of(turn => turn.Idle) / 1048576:0.0} MiB", Of(turn => turn.Idle) <= 25 << 20), new Text("≤ 25 MiB"));
        table.AddRow(new Text("resident, after load"), Judged($"{Of(turn => turn.Loaded) / 1048576:0.0} MiB", Of(turn => turn.Loaded) <= 45 << 20), new Text("≤ 45 MiB"));
        table.AddRow(new Text("start to first answer"), Judged($"{Of(turn => turn.StartMilliseconds):0} ms", Of(turn => turn.StartMilliseconds) <= 50), new Text("≤ 50 ms"));
        console.Write(table);

        double Of(Func<Turn, double> figure) => Statistics.Median(turns.Select(figure));
    }

    private static Text Judged(string text, bool isGood) => new(text, new Style(isGood ? Color.Green : Color.Red));

    private sealed record Turn(
        double CallsPerSecond, double BareCallsPerSecond, double BareMedian, double Bare99, double Median, double P99, long Idle, long Loaded, double StartMilliseconds);
}
