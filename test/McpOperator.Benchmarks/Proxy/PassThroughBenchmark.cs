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
    private const double Mebibyte = 1024 * 1024;

    private static readonly byte[] Expected = "Echo: hello"u8.ToArray();

    /// <summary>Measures, shows and saves.</summary>
    /// <param name="rounds">Rounds; each has one turn with and one without the proxy, and medians are shown.</param>
    /// <param name="seconds">How long a turn takes.</param>
    /// <param name="ct">Gives up.</param>
    public async Task RunAsync(int rounds, double seconds, CancellationToken ct)
    {
        var time = TimeSpan.FromSeconds(seconds);
        using var server = TrivialServer.Start();
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
            figures.Add(new(carried, bare, Compare(server, proxy, carried / 4, time), Compare(server, proxy, carried / 2, time), idle, proxy.Resident, proxy.StartMilliseconds));
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

    /// <summary>The same rate with and without the proxy.</summary>
    private static Added Compare(TrivialServer server, ProxyProcess proxy, double rate, TimeSpan time)
    {
        var without = Load(server.Port, rate, time);
        var before = proxy.ProcessorTime;
        var with = Load(proxy.Port, rate, time);
        return new(
            Statistics.Median(with) - Statistics.Median(without),
            Statistics.Percentile(with, 0.99) - Statistics.Percentile(without, 0.99),
            (proxy.ProcessorTime - before).TotalMicroseconds / with.Count);
    }

    private void Print(List<Turn> turns)
    {
        var table = new Table().Title("mcp-proxy serve before a trivial server").Caption($"{Environment.ProcessorCount} cores, {turns.Count} rounds, medians")
            .AddColumn("figure").AddColumn(new TableColumn("measured").RightAligned()).AddColumn(new TableColumn("wanted").RightAligned());
        table.AddRow($"calls/s, {Callers} callers, with / without", $"{Of(turn => turn.CallsPerSecond):0} / {Of(turn => turn.BareCallsPerSecond):0}", "");
        Judge("at half of that: added at p50", Of(turn => turn.Half.Median), MostAddedMedian, "ms", "0.000");
        Judge("at half of that: added at p99", Of(turn => turn.Half.P99), MostAdded99, "ms", "0.000");
        table.AddRow("at half of that: CPU of a call in the proxy", $"{Of(turn => turn.Half.Processor):0} µs", "");
        table.AddRow("at a quarter: added at p50", $"{Of(turn => turn.Quarter.Median):0.000} ms", "");
        table.AddRow("at a quarter: added at p99", $"{Of(turn => turn.Quarter.P99):0.000} ms", "");
        Judge("resident, idle", Of(turn => turn.Idle) / Mebibyte, 25, "MiB", "0.0");
        Judge("resident, after load", Of(turn => turn.Loaded) / Mebibyte, 45, "MiB", "0.0");
        Judge("start to first answer", Of(turn => turn.StartMilliseconds), 50, "ms", "0");
        console.Write(table);

        void Judge(string figure, double measured, double wanted, string unit, string format) => table.AddRow(
            new Text(figure), new Text($"{measured.ToString(format, CultureInfo.InvariantCulture)} {unit}", new Style(measured <= wanted ? Color.Green : Color.Red)), new Text($"≤ {wanted} {unit}"));

        double Of(Func<Turn, double> figure) => Statistics.Median(turns.Select(figure));
    }

    /// <param name="Median">Milliseconds that it adds to the median.</param>
    /// <param name="P99">Milliseconds that it adds to what 99 of 100 calls do not exceed.</param>
    /// <param name="Processor">Microseconds of the processor that it takes for a call.</param>
    private sealed record Added(double Median, double P99, double Processor);

    private sealed record Turn(double CallsPerSecond, double BareCallsPerSecond, Added Quarter, Added Half, long Idle, long Loaded, double StartMilliseconds);
}
