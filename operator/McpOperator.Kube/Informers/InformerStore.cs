namespace McpOperator.Kube;

/// <summary>An informer's memory: objects by name, and indexes over them.</summary>
internal sealed class InformerStore<T> where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, Entry> _entries = [];
    private readonly Dictionary<string, Index> _indexes = [];
    private int _round;

    private readonly record struct Entry(T Item, string Version, int Round);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_gate)
        {
            var index = new Index(values);
            _indexes.Add(name, index);
            foreach (var (key, entry) in _entries)
            {
                index.Add(key, entry.Item);
            }
        }
    }

    public T? Get(NamespacedName key)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(key, out var entry) ? entry.Item : null;
        }
    }

    public List<T> List(string? ns)
    {
        lock (_gate)
        {
            var all = new List<T>(ns is null ? _entries.Count : 16);
            foreach (var (key, entry) in _entries)
            {
                if (ns is null || key.Namespace == ns)
                {
                    all.Add(entry.Item);
                }
            }

            return all;
        }
    }

    public NamespacedName[] Keys()
    {
        lock (_gate)
        {
            return [.. _entries.Keys];
        }
    }

    public NamespacedName[] KeysByIndex(string index, string value)
    {
        lock (_gate)
        {
            return _indexes[index].Find(value);
        }
    }

    public T[] ByIndex(string index, string value)
    {
        lock (_gate)
        {
            return Array.ConvertAll(_indexes[index].Find(value), k => _entries[k].Item);
        }
    }

    /// <summary>Begins a full list; what it does not mention is gone when it ends.</summary>
    public void BeginRound()
    {
        lock (_gate)
        {
            _round++;
        }
    }

    /// <summary>Whether the object is here in this version; if so it is marked as seen, and decoding it again is needless.</summary>
    public bool IsCurrent(in ObjectHeader header)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(header.Key, out var entry) || entry.Version != header.ResourceVersion)
            {
                return false;
            }

            _entries[header.Key] = entry with { Round = _round };
            return true;
        }
    }

    /// <summary>Puts an object in its place.</summary>
    /// <returns>What was there before.</returns>
    public T? Set(in ObjectHeader header, T item)
    {
        lock (_gate)
        {
            var old = _entries.TryGetValue(header.Key, out var entry) ? entry.Item : null;
            _entries[header.Key] = new(item, header.ResourceVersion, _round);
            foreach (var index in _indexes.Values)
            {
                index.Replace(header.Key, old, item);
            }

            return old;
        }
    }

    /// <summary>Takes an object away.</summary>
    /// <returns>What was there before.</returns>
    public T? Remove(NamespacedName key)
    {
        lock (_gate)
        {
            if (!_entries.Remove(key, out var entry))
            {
                return null;
            }

            foreach (var index in _indexes.Values)
            {
                index.Replace(key, entry.Item, null);
            }

            return entry.Item;
        }
    }

    /// <summary>The objects that the round's list did not mention.</summary>
    public NamespacedName[] Unseen()
    {
        lock (_gate)
        {
            return [.. _entries.Where(e => e.Value.Round != _round).Select(e => e.Key)];
        }
    }

    /// <summary>Keys by value. Most values have one key, so a set is made for the second.</summary>
    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        private readonly Dictionary<string, Bucket> _buckets = [];

        private readonly record struct Bucket(NamespacedName First, HashSet<NamespacedName>? All);

        public NamespacedName[] Find(string value) =>
            !_buckets.TryGetValue(value, out var bucket) ? [] : bucket.All is { } all ? [.. all] : [bucket.First];

        public void Replace(NamespacedName key, T? old, T? item)
        {
            if (old is not null)
            {
                foreach (var value in values(old))
                {
                    Remove(value, key);
                }
            }

            if (item is not null)
            {
                Add(key, item);
            }
        }

        public void Add(NamespacedName key, T item)
        {
            foreach (var value in values(item))
            {
                if (!_buckets.TryGetValue(value, out var bucket))
                {
                    _buckets[value] = new(key, null);
                }
                else if (bucket.All is { } all)
                {
                    all.Add(key);
                }
                else if (bucket.First != key)
                {
                    _buckets[value] = new(default, [bucket.First, key]);
                }
            }
        }

        private void Remove(string value, NamespacedName key)
        {
            if (!_buckets.TryGetValue(value, out var bucket))
            {
                return;
            }

            bucket.All?.Remove(key);
            if (bucket.All is null ? bucket.First == key : bucket.All.Count == 0)
            {
                _buckets.Remove(value);
            }
        }
    }
}
