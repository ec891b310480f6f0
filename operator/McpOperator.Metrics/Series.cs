using System.Text;

namespace McpOperator.Metrics;

/// <summary>The value of one instrument under one label set.</summary>
internal sealed class Series
{
    private readonly double[] _bounds;
    private readonly long[] _buckets;
    private readonly Lock _lock = new();
    private double _value;

    public Series(string labels, double[] bounds, bool histogram)
    {
        Labels = labels;
        Utf8Labels = Encoding.UTF8.GetBytes(labels);
        _bounds = bounds;
        _buckets = histogram ? new long[bounds.Length + 1] : [];
    }

    public string Labels { get; }

    /// <summary>The labels as they are written, made once and not at every scrape.</summary>
    public byte[] Utf8Labels { get; }

    public double Value => Volatile.Read(ref _value);

    public void Add(double amount)
    {
        var current = Volatile.Read(ref _value);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, current + amount, current);
            // Compared as bits: NaN is not equal to itself, and would keep us here for ever.
            if (BitConverter.DoubleToInt64Bits(seen) == BitConverter.DoubleToInt64Bits(current))
            {
                return;
            }

            current = seen;
        }
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        lock (_lock)
        {
            _buckets[bucket]++;
            _value += value;
        }
    }

    /// <summary>Copies a histogram's counts, all of one moment, and returns its sum.</summary>
    public double Snapshot(Span<long> buckets)
    {
        lock (_lock)
        {
            _buckets.CopyTo(buckets);
            return _value;
        }
    }
}
