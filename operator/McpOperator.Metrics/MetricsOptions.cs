namespace McpOperator.Metrics;

/// <summary>What a <see cref="MetricsRegistry"/> keeps, and how much of it.</summary>
public sealed record MetricsOptions
{
    /// <summary>
    /// How many label sets an instrument may have. What comes after goes to one series labelled <c>overflow="true"</c>:
    /// a label that somebody else controls must not eat our memory, nor Prometheus'.
    /// </summary>
    public int MaxSeriesPerInstrument { get; init; } = 2000;

    /// <summary>Bucket bounds by histogram name; they win over the instrument's own advice.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> HistogramBounds { get; init; } = new Dictionary<string, IReadOnlyList<double>>();

    /// <summary>Whether to add the process's own memory, CPU time, start time, open files and garbage collections.</summary>
    public bool ProcessMetrics { get; init; } = true;

    /// <summary>Told once per problem: an instrument has too many label sets, cannot be shown, or fails when it is read.</summary>
    public Action<string>? OnProblem { get; init; }
}
