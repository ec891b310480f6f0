using System.Diagnostics;
using McpOperator.Api.Configuration;
using McpOperator.Cli;
using Spectre.Console;

namespace McpOperator.Benchmarks;

/// <summary>What every benchmark works with.</summary>
/// <param name="Options">What is measured.</param>
/// <param name="Cluster">Where.</param>
/// <param name="Console">Where progress is shown.</param>
internal sealed record Bench(BenchmarkOptions Options, BenchmarkCluster Cluster, IAnsiConsole Console)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Writes and applies without thinking.</summary>
    public BareClient Bare { get; } = new(Cluster.Client, Configuration);

    /// <summary>The operator's configuration.</summary>
    public static OperatorConfiguration Configuration { get; } = ConfigurationFile.LoadOrDefault(Repository.Own("configuration.yaml"));

    /// <summary>Shows progress.</summary>
    public void Say(string what) => Console.MarkupLineInterpolated($"[grey]{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s[/]  {what}");
}
