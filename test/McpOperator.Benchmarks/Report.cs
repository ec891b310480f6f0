using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpOperator.Benchmarks.Access;
using Spectre.Console;

namespace McpOperator.Benchmarks;

/// <summary>Everything that one run measured.</summary>
internal sealed record Report
{
    private const int MostHoldSeconds = 30;
    private const double MostRatio = 1.5;
    private const double MostAddedMilliseconds = 5;
    private const double MostBytesPerServer = 30 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>When the run began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>The machine: ratios can be compared with those of other machines, seconds cannot.</summary>
    public required string Machine { get; init; }

    /// <summary>Which API server.</summary>
    public required string Server { get; init; }

    /// <summary>Whether the benchmark ran.</summary>
    public ConvergenceResult? Convergence { get; set; }

    /// <summary>Whether the benchmark ran.</summary>
    public MemoryResult? Memory { get; set; }

    /// <summary>Whether the benchmark ran.</summary>
    public LatencyResult? Latency { get; set; }

    /// <summary>Whether the benchmark ran.</summary>
    public ReviewResult? Review { get; set; }

    /// <summary>Whether the benchmark ran.</summary>
    public AdmissionResult? Admission { get; set; }

    /// <summary>Whether the benchmark ran.</summary>
    public SessionsResult? Sessions { get; set; }

    /// <summary>Writes the file for programs.</summary>
    public string Save(string folder)
    {
        var path = Path.Combine(folder, $"bench-{Began.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
        return path;
    }

    /// <summary>Shows the tables for people.</summary>
    public void Print(IAnsiConsole console)
    {
        var table = new Table().Title("MCP Operator benchmarks").Caption($"{Machine}; {Server}")
            .AddColumn("figure").AddColumn(new TableColumn("measured").RightAligned()).AddColumn(new TableColumn("wanted").RightAligned());
        if (Convergence is { } c)
        {
            table.AddRow($"{c.Servers} servers ({c.Servers * c.ChildrenPerServer} children), operator", Seconds(c.Operator), "");
            table.AddRow($"bare client, server-side apply, {c.BareConcurrency} at once", Seconds(c.BareApply), "");
            table.AddRow($"bare client, POST, {c.BareConcurrency} at once", Seconds(c.BareCreate), "");
            table.AddRow(new Text("operator : bare client (apply)"), Judged($"{c.RatioToApply:0.00}", c.RatioToApply <= MostRatio), new Text($"≤ {MostRatio:0.0}"));
            table.AddRow(new Text("operator : bare client (POST)"), Judged($"{c.RatioToCreate:0.00}", c.RatioToCreate <= MostRatio), new Text($"≤ {MostRatio:0.0}"));
            table.AddRow("processor time of server + client: operator", Processor(c.Operator), "");
            table.AddRow("… bare client, apply", Processor(c.BareApply), "");
            table.AddRow("… bare client, POST", Processor(c.BareCreate), "");
        }

        if (Memory is { } m)
        {
            table.AddRow($"resident, no / {m.Few} / {m.Many} {m.Sample} servers", $"{Mebibytes(m.Empty.Resident)} / {Mebibytes(m.WithFew.Resident)} / {Mebibytes(m.WithMany.Resident)} MiB", "");
            table.AddRow($"resident after a restart with {m.Many}", $"{Mebibytes(m.AfterRestart.Resident)} MiB", "");
            table.AddRow(new Text("for each further server"), Judged($"{m.BytesPerServer / 1024:0.0} KiB", m.BytesPerServer <= MostBytesPerServer), new Text("≤ 30 KiB"));
            table.AddRow("restart: ready / nothing left to do", $"{m.ReadySeconds:0.0} / {m.IdleSeconds:0.0} s", "");
            table.AddRow(new Text("restart: writes (audit log)"), Judged($"{m.WritesAfterRestart}", m.WritesAfterRestart == 0), new Text("0"));
        }

        if (Latency is { } l)
        {
            table.AddRow($"spec → Knative Service, p50 / p99 of {l.Samples}", $"{l.SpecMedian:0} / {l.Spec99:0} ms", "");
            table.AddRow(new Text($"tool configuration → policy, p50 / p99 of {l.Samples}"), Judged($"{l.ToolConfigMedian:0} / {l.ToolConfig99:0} ms", l.ToolConfig99 < 1000), new Text("< 1000 ms"));
        }

        if (Review is { } r)
        {
            table.AddRow(new Text($"changed words on {r.Servers} servers of one tool configuration, until all are held"), Judged($"{r.Seconds:0.0} s", r.Seconds <= MostHoldSeconds), new Text($"≤ {MostHoldSeconds} s"));
            table.AddRow($"… requests for each server ({string.Join(", ", r.ByVerb.OrderByDescending(v => v.Value).Select(v => $"{v.Value:0} {v.Key}"))})", $"{r.RequestsPerServer:0.0}", "");
        }

        if (Admission is { } a)
        {
            table.AddRow($"webhook at {a.Rate}/s, cached image, p50 / p99 of {a.Cached.Count}", $"{a.Cached}", "");
            table.AddRow("… a change that no rule concerns", $"{a.WithoutPolicies}", "");
            table.AddRow(new Text("… added to the p99 by the rules"), Judged($"{a.Added99:0.0} ms", a.Added99 <= MostAddedMilliseconds), new Text($"≤ {MostAddedMilliseconds:0} ms"));
            table.AddRow("API server's dry run, both webhooks", $"{a.ServerWithWebhooks}", "");
            table.AddRow("… no webhook", $"{a.ServerWithout}", "");
            foreach (var cold in a.Cold)
            {
                table.AddRow(new Text($"cold verification: requests, ours / {cold.Cosign} verify"), Judged($"{cold.OurRequests:0.#} / {cold.TheirRequests:0.#}", cold.OurRequests <= cold.TheirRequests), new Text("no more"));
                table.AddRow("… time", $"{cold.OurMilliseconds:0} / {cold.TheirMilliseconds:0} ms", "");
            }
        }

        if (Sessions is { } s)
        {
            table.AddRow(new Text($"{s.Sessions} sessions on one server, made in {s.CreateSeconds:0} s: the last made → all published"), Judged($"{s.PublishMilliseconds:0} ms", s.PublishMilliseconds <= 5000), new Text("≤ 5000 ms"));
            table.AddRow(new Text($"revocation → a reader refuses, p50 / p99 of {s.Revocations}"), Judged($"{s.RevokeMedian:0} / {s.Revoke99:0} ms", s.Revoke99 < 2000), new Text("< 2000 ms"));
            table.AddRow("… objects rewritten for each", $"{s.WritesForRevocation:0.0}", "");
        }

        console.Write(table);
    }

    private static Text Judged(string text, bool isGood) => new(text, new Style(isGood ? Color.Green : Color.Red));

    private static string Seconds(IReadOnlyList<Turn> rounds) => string.Join(" / ", rounds.Select(r => $"{r.Seconds:0.0}")) + " s";

    private static string Processor(IReadOnlyList<Turn> rounds) => $"{Statistics.Median(rounds.Select(r => r.ServerProcessorSeconds)):0.0} + {Statistics.Median(rounds.Select(r => r.ClientProcessorSeconds)):0.0} s";

    private static string Mebibytes(long bytes) => $"{bytes / 1048576.0:0}";
}
