using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>A change of one object in an informer's memory.</summary>
/// <typeparam name="T">The form in which objects are kept.</typeparam>
/// <param name="Key">The object.</param>
/// <param name="Old">Before; null when it is new.</param>
/// <param name="New">After; null when it is gone. The same instance as <paramref name="Old"/> in a resync.</param>
public readonly record struct InformerChange<T>(NamespacedName Key, T? Old, T? New) where T : class;

/// <summary>Something that has to have read the cluster before decisions are made.</summary>
public interface ISyncSource
{
    /// <summary>Whether everything that existed at the start has been read.</summary>
    bool HasSynced { get; }

    /// <summary>Waits until <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken ct = default);
}

/// <summary>Something that follows all objects of a kind.</summary>
public interface IInformer : ISyncSource
{
    /// <summary>The kind.</summary>
    ResourceType Type { get; }

    /// <summary>Reads and follows the cluster until it is cancelled. Trouble is logged and tried again for ever.</summary>
    Task RunAsync(CancellationToken ct);
}

/// <summary>Keeps a copy of all objects of a kind, and tells what changes.</summary>
/// <typeparam name="T">The form in which objects are kept.</typeparam>
public interface IInformer<T> : ILister<T>, IInformer where T : class
{
    /// <summary>Adds an index, before or after the start.</summary>
    /// <param name="name">The index' name.</param>
    /// <param name="values">The values under which an object is filed; it must not depend on anything but the object.</param>
    void AddIndex(string name, Func<T, IEnumerable<string>> values);

    /// <summary>
    /// Calls a handler at each change, and at once for every object that is there already. Calls come one at a time and after the memory
    /// has
    /// changed; a handler has to be quick and must not wait.
    /// </summary>
    void OnChange(Action<InformerChange<T>> handler);
}
