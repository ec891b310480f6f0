namespace McpOperator.Signatures.Caching;

/// <summary>A bounded set of verdicts; when it is full, the ones that were kept first go. A clock that is set back makes none younger.</summary>
internal sealed class VerdictCache(int most, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, SignatureVerdict Verdict, long Kept)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, SignatureVerdict Verdict, long Kept)> _order = new();

    /// <summary>A verdict, whatever its age.</summary>
    public (SignatureVerdict Verdict, TimeSpan Age)? Find(string key)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(key, out var node) ? (node.Value.Verdict, time.GetElapsedTime(node.Value.Kept)) : null;
        }
    }

    public void Keep(string key, SignatureVerdict verdict)
    {
        lock (_lock)
        {
            Remove(key);
            if (_entries.Count >= most)
            {
                Remove(_order.First!.Value.Key);
            }

            _entries[key] = _order.AddLast((key, verdict, time.GetTimestamp()));
        }
    }

    public void Forget(string key)
    {
        lock (_lock)
        {
            Remove(key);
        }
    }

    private void Remove(string key)
    {
        if (_entries.Remove(key, out var node))
        {
            _order.Remove(node);
        }
    }
}
