using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace McpOperator.Metrics;

/// <summary>
/// Listens to meters and keeps the current values of their instruments. The instrument's name is the metric's name;
/// only a counter whose name does not end in <c>_total</c> gets that suffix.
/// </summary>
public sealed class MetricsRegistry : IDisposable
{
    /// <summary>The meter of the process's own metrics (<see cref="MetricsOptions.ProcessMetrics"/>).</summary>
    public const string ProcessMeter = "McpOperator.Metrics.Process";

    // prometheus-net's defaults, which suit durations in seconds.
    private static readonly double[] DefaultBounds = [.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _problems = new(StringComparer.Ordinal);
    private readonly HashSet<string> _meters;
    private readonly MetricsOptions _options;
    private readonly ProcessMetrics? _process;
    private readonly MeterListener _listener = new();
    private readonly Lock _scrape = new();

    /// <summary>Starts to listen.</summary>
    /// <param name="meterNames">The names of the meters; a meter may come into being later.</param>
    /// <param name="options">Bounds and limits; absent: the defaults.</param>
    public MetricsRegistry(IEnumerable<string> meterNames, MetricsOptions? options = null)
    {
        _meters = new HashSet<string>(meterNames, StringComparer.Ordinal);
        _options = options ?? new MetricsOptions();
        _process = _options.ProcessMetrics ? new ProcessMetrics() : null;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record((double)value, tags, state));
        _listener.Start();
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _process?.Dispose();
    }

    /// <summary>Reads the observable instruments, then hands over every family with its series, in the order of their names.</summary>
    internal void Collect(Action<Family, Series[]> visit)
    {
        // One at a time: observable series are emptied, filled and read in three steps.
        lock (_scrape)
        {
            Family[] families = [.. _families.Values];
            Array.Sort(families, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            foreach (var family in families)
            {
                family.BeginObservation();
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException failures)
            {
                // One instrument that cannot be read must not hide all others.
                foreach (var failure in failures.Flatten().InnerExceptions)
                {
                    Problem($"An instrument could not be read: {failure.Message}");
                }
            }

            foreach (var family in families)
            {
                if (family.Collect() is { Length: > 0 } series)
                {
                    visit(family, series);
                }
            }
        }
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((Family)state!).Record(value, tags);

    private static InstrumentKind? KindOf(Instrument instrument) =>
        KindOf<long>(instrument) ?? KindOf<double>(instrument) ?? KindOf<int>(instrument) ?? KindOf<float>(instrument)
        ?? KindOf<short>(instrument) ?? KindOf<byte>(instrument) ?? KindOf<decimal>(instrument);

    private static InstrumentKind? KindOf<T>(Instrument instrument) where T : struct => instrument switch
    {
        Counter<T> => InstrumentKind.Counter,
        UpDownCounter<T> => InstrumentKind.UpDownCounter,
        Gauge<T> => InstrumentKind.Gauge,
        Histogram<T> => InstrumentKind.Histogram,
        ObservableCounter<T> => InstrumentKind.ObservableCounter,
        ObservableUpDownCounter<T> => InstrumentKind.ObservableUpDownCounter,
        ObservableGauge<T> => InstrumentKind.ObservableGauge,
        _ => null,
    };

    private static IEnumerable<double>? Advice(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
        Histogram<float> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound),
        Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound),
        Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound),
        _ => null,
    };

    private void Publish(Instrument instrument, MeterListener listener)
    {
        var listens = _meters.Contains(instrument.Meter.Name) || (_process is not null && ReferenceEquals(instrument.Meter, _process.Meter));
        if (!listens || KindOf(instrument) is not { } kind)
        {
            return;
        }

        var name = PrometheusNames.Sanitize(instrument.Name, colons: true);
        if (kind is InstrumentKind.Counter or InstrumentKind.ObservableCounter && !name.EndsWith("_total", StringComparison.Ordinal))
        {
            name += "_total";
        }

        // Two meters may bring an instrument of one name; they share its series.
        var family = _families.GetOrAdd(
            name,
            _ => new Family(name, instrument.Description ?? "", kind, Bounds(instrument, name, kind), _options.MaxSeriesPerInstrument, Problem));
        if (family.Kind != kind)
        {
            Problem($"The instrument {instrument.Name} of {instrument.Meter.Name} is a {kind}, but {name} is a {family.Kind} already; it is not shown.");
            return;
        }

        listener.EnableMeasurementEvents(instrument, family);
    }

    private double[] Bounds(Instrument instrument, string name, InstrumentKind kind)
    {
        if (kind != InstrumentKind.Histogram)
        {
            return [];
        }

        var bounds = _options.HistogramBounds.TryGetValue(name, out var configured) ? configured : Advice(instrument) ?? DefaultBounds;
        return [.. bounds.Where(double.IsFinite).Distinct().Order()];
    }

    private void Problem(string message)
    {
        if (_problems.Count < 1000 && _problems.TryAdd(message, true))
        {
            _options.OnProblem?.Invoke(message);
        }
    }
}
