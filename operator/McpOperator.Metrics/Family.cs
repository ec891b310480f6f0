using System.Collections.Concurrent;
using System.Text;

namespace McpOperator.Metrics;

internal enum InstrumentKind
{
    Counter,
    UpDownCounter,
    Gauge,
    Histogram,
    ObservableCounter,
    ObservableUpDownCounter,
    ObservableGauge,
}

/// <summary>All series of one name: one HELP, one TYPE.</summary>
internal sealed class Family
{
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> _byTags = new(TagsComparer.Instance);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly Dictionary<string, Series> _byLabels = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly int _limit;
    private readonly Action<string> _problem;
    private int _tagSets;
    private Series? _overflow;

    public Family(string name, string help, InstrumentKind kind, double[] bounds, int limit, Action<string> problem)
    {
        Name = name;
        Kind = kind;
        Bounds = bounds;
        _limit = limit;
        _problem = problem;
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        var escaped = new StringBuilder();
        PrometheusNames.Escape(escaped, help, quotes: false);
        Help = escaped.ToString();
    }

    public string Name { get; }

    public string Help { get; }

    public InstrumentKind Kind { get; }

    public double[] Bounds { get; }

    public bool IsHistogram => Kind == InstrumentKind.Histogram;

    public string Type => Kind switch
    {
        InstrumentKind.Counter or InstrumentKind.ObservableCounter => "counter",
        InstrumentKind.Histogram => "histogram",
        _ => "gauge",
    };

    private bool IsObservable =>
        Kind is InstrumentKind.ObservableCounter or InstrumentKind.ObservableUpDownCounter or InstrumentKind.ObservableGauge;

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // A counter never falls and a histogram has no bucket for what is no number: such a measurement is a bug of its
        // caller, and would spoil the series for good.
        if (Kind is InstrumentKind.Counter or InstrumentKind.Histogram && (double.IsNaN(value) || (Kind == InstrumentKind.Counter && value < 0)))
        {
            return;
        }

        var series = _lookup.TryGetValue(tags, out var known) ? known : Find(tags);
        switch (Kind)
        {
            case InstrumentKind.Histogram:
                series.Observe(value);
                break;
            case InstrumentKind.Gauge or InstrumentKind.ObservableGauge:
                series.Set(value);
                break;
            default:
                // Observable counters too: they start from zero at each scrape, and several instruments of one name add up.
                series.Add(value);
                break;
        }
    }

    /// <summary>Before an observable instrument is read again: what it does not report this time is gone.</summary>
    public void BeginObservation()
    {
        if (!IsObservable)
        {
            return;
        }

        lock (_lock)
        {
            _byLabels.Clear();
            _byTags.Clear();
            _tagSets = 0;
            _overflow = null;
        }
    }

    /// <summary>The series in the order of their labels.</summary>
    public Series[] Collect()
    {
        Series[] all;
        lock (_lock)
        {
            all = [.. _byLabels.Values];
        }

        Array.Sort(all, static (a, b) => string.CompareOrdinal(a.Labels, b.Labels));
        return all;
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Once full, an unknown label set costs nothing more than this look.
        if (Volatile.Read(ref _overflow) is { } overflow)
        {
            return overflow;
        }

        var labels = PrometheusNames.Labels(tags, IsHistogram);
        Series? full = null;
        lock (_lock)
        {
            if (!_byLabels.TryGetValue(labels, out var series))
            {
                if (_byLabels.Count >= _limit)
                {
                    const string overflowLabels = "overflow=\"true\"";
                    if (!_byLabels.TryGetValue(overflowLabels, out full))
                    {
                        full = new Series(overflowLabels, Bounds, IsHistogram);
                        _byLabels.Add(overflowLabels, full);
                    }

                    Volatile.Write(ref _overflow, full);
                }
                else
                {
                    series = new Series(labels, Bounds, IsHistogram);
                    _byLabels.Add(labels, series);
                }
            }

            // 1 and "1" are different tags and the same label: such twins are kept too, but not without end.
            if (series is not null)
            {
                if (_tagSets < 4L * _limit && _lookup.TryAdd(tags, series))
                {
                    _tagSets++;
                }

                return series;
            }
        }

        _problem($"The metric {Name} has more than {_limit} label sets; further ones are counted under overflow=\"true\".");
        return full!;
    }
}
