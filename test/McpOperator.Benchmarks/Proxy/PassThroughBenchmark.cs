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
            Load(proxy.Port, null, time / 2);
            Load(server.Port, null, time / 2);
            var carried = Load(proxy.Port, null, time).Count / time.TotalSeconds;
            var bare = Load(server.Port, null, time).Count / time.TotalSeconds;
            var without = Load(server.Port, carried / 2, time);
            var with = Load(proxy.Port, carried / 2, time);
            figures.Add(new(carried, bare, Statistics.Median(without), Statistics.Percentile(without, 0.99), Statistics.Median(with), Statistics.Percentile(with, 0.99), idle, proxy.Resident, proxy.StartMilliseconds));
        }

        Print(figures);
        var path = Path.Combine(folder, $"proxy-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(figures, JsonSerializerOptions.Web), ct);
        console.MarkupLineInterpolated($"[grey]{path}[/]");
    }

    /// <summary>Calls from several connections at once.</summary>
    /// <param name="port">Whom.</param>
    /// <param name="rate">Calls in a second; nothing: as quickly as they are answered.</param>
    /// <param name="time">How long.</param>
    /// <param name="tokens">Tokens that calls bring in turn; nothing: none.</param>
    public static List<double> Load(int port, double? rate, TimeSpan time, IReadOnlyList<string>? tokens = null) => HttpLoad.Run(
        Callers, time, () => HttpCaller.Connect(port), (caller, i) => [.. Turned(tokens ?? [null!], i).Select(token => caller.Request(BridgeBenchmark.Call(i + 1), null, token))], Expected, rate);

    /// <summary>Each connection begins elsewhere, so that no two bring the same token at the same time.</summary>
    private static IEnumerable<string?> Turned(IReadOnlyList<string?> tokens, int caller) => Enumerable.Range(0, tokens.Count).Select(n => tokens[(n + (caller * tokens.Count / Callers)) % tokens.Count]);

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
