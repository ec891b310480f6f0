namespace McpOperator.Kube;

/// <summary>Reads from an informer's memory. What it returns is shared: never change it.</summary>
/// <typeparam name="T">The form in which objects are kept.</typeparam>
public interface ILister<T> where T : class
{
    /// <summary>How many objects there are.</summary>
    int Count { get; }

    /// <summary>An object; null when it is not there.</summary>
    T? Get(NamespacedName key);

    /// <summary>
    /// All objects of a namespace, or of all when it is null, in no order. A copy: take it for small kinds and rare moments.
    /// </summary>
    IReadOnlyList<T> List(string? ns = null);

    /// <summary>All names. A copy.</summary>
    IReadOnlyList<NamespacedName> Keys();

    /// <summary>The objects that an index files under a value.</summary>
    /// <exception cref="KeyNotFoundException">There is no such index.</exception>
    IReadOnlyList<T> ByIndex(string index, string value);

    /// <summary>The names of the objects that an index files under a value.</summary>
    /// <exception cref="KeyNotFoundException">There is no such index.</exception>
    IReadOnlyList<NamespacedName> KeysByIndex(string index, string value);
}
