namespace McpOperator.Protocol;

/// <summary>
/// The names seen so far in all objects that are open. Finding a name that stands twice takes n·log n comparisons and no hashing, so
/// that nobody can choose names that make it slow.
/// </summary>
internal sealed class NameStack(ReadOnlyMemory<byte> text)
{
    /// <summary>Up to here, comparing each with each is quicker than sorting.</summary>
    private const int Few = 8;

    private readonly List<ReadOnlyMemory<byte>> _names = [];
    private readonly Stack<int> _objects = new();

    public void Open() => _objects.Push(_names.Count);

    public void Add(int start, int length) => _names.Add(text.Slice(start, length));

    /// <summary>Adds a name that is not written as it reads.</summary>
    public void AddCopy(ReadOnlySpan<byte> name) => _names.Add(name.ToArray());

    /// <summary>Ends the innermost object.</summary>
    /// <returns>Whether two of its names are equal.</returns>
    public bool Close()
    {
        var start = _objects.Pop();
        var count = _names.Count - start;
        var twice = count <= Few ? AnyEqual(start) : AnyEqualSorted(start, count);
        _names.RemoveRange(start, count);
        return twice;
    }

    private bool AnyEqual(int start)
    {
        for (var i = start + 1; i < _names.Count; i++)
        {
            for (var j = start; j < i; j++)
            {
                if (_names[i].Span.SequenceEqual(_names[j].Span))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool AnyEqualSorted(int start, int count)
    {
        _names.Sort(start, count, ByBytes.Instance);
        for (var i = start + 1; i < _names.Count; i++)
        {
            if (_names[i].Span.SequenceEqual(_names[i - 1].Span))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class ByBytes : IComparer<ReadOnlyMemory<byte>>
    {
        public static ByBytes Instance { get; } = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
