namespace McpOperator.Kube;

/// <summary>Decides which event an occurrence belongs to. Remembers a bounded number of them. Not safe for concurrent use.</summary>
internal sealed class EventAggregator(TimeProvider time)
{
    /// <summary>So many different messages of one reason about one object stand alone; further ones are combined.</summary>
    internal const int DistinctMessages = 10;

    /// <summary>So many requests about one object at once; afterwards one in <see cref="Refill"/>.</summary>
    internal const int Burst = 25;

    private const int Remembered = 4096;

    /// <summary>How long an event goes on counting, and how long different messages are counted together.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>Time after which one more request about an object is permitted.</summary>
    internal static readonly TimeSpan Refill = TimeSpan.FromMinutes(1);

    private readonly BoundedCache<(string, string, string, string), EventRecord> _records = new(Remembered);
    private readonly BoundedCache<(string, string, string), Group> _groups = new(Remembered);
    private readonly BoundedCache<string, TokenBucket> _buckets = new(Remembered);

    /// <summary>The event to create or to count up; null when it is better not to send it now. Its count goes on nevertheless.</summary>
    public EventRecord? Take(Occurrence o)
    {
        var about = $"{o.About.Kind}/{o.About.NamespaceProperty}/{o.About.Name}/{o.About.Uid}";
        var message = o.Message;
        var isCombined = IsOneOfMany(about, o);
        // All combined messages are one event, which shows the newest of them.
        var key = (about, o.Type, o.Reason, isCombined ? "" : message);
        if (!_records.TryGet(key, out var record) || o.At - record.Last > Window)
        {
            record = new(o, time);
            _records.Set(key, record);
        }

        record.Add(isCombined ? $"(combined from similar events): {message}" : message, o.At);
        if (!_buckets.TryGet(about, out var bucket))
        {
            bucket = new(1 / Refill.TotalSeconds, Burst, time);
            _buckets.Set(about, bucket);
        }

        return bucket.TryTake() ? record : null;
    }

    private bool IsOneOfMany(string about, Occurrence o)
    {
        var key = (about, o.Type, o.Reason);
        if (!_groups.TryGet(key, out var group) || o.At - group.Last > Window)
        {
            group = new();
            _groups.Set(key, group);
        }

        group.Last = o.At;
        if (group.Messages.Contains(o.Message))
        {
            return false;
        }

        if (group.Messages.Count >= DistinctMessages)
        {
            return true;
        }

        group.Messages.Add(o.Message);
        return false;
    }

    private sealed class Group
    {
        public HashSet<string> Messages { get; } = [];

        public DateTime Last { get; set; }
    }
}
