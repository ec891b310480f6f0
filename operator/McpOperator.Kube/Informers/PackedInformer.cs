using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>
/// Keeps objects as compact documents and hands them out typed, each time as a new instance: for kinds of which there are thousands, each
/// with thousands of characters, and that are read one by one.
/// </summary>
internal sealed class PackedInformer<T>(Informer<KubernetesDocument> documents) : IInformer<T> where T : KubernetesEntity
{
    private const int RecentlyRead = 4;

    private readonly Lock _gate = new();
    private readonly Queue<(KubernetesDocument Document, T Entity)> _recent = new();

    public ResourceType Type => documents.Type;

    public int Count => documents.Count;

    public bool HasSynced => documents.HasSynced;

    /// <summary>A decoder that refuses what will not become a <typeparamref name="T"/>, so that no reader stumbles over it later.</summary>
    public static ItemDecoder<KubernetesDocument> Decoder { get; } = static (in ObjectHeader header, ReadOnlySpan<byte> utf8) =>
    {
        _ = KubernetesJson.Deserialize<T>(utf8);
        return KubernetesDocument.Read(header, utf8, DocumentOptions.Default);
    };

    public T? Get(NamespacedName key) => documents.Get(key)?.Deserialize<T>();

    public IReadOnlyList<T> List(string? ns = null) => [.. documents.List(ns).Select(document => document.Deserialize<T>())];

    public IReadOnlyList<NamespacedName> Keys() => documents.Keys();

    public IReadOnlyList<T> ByIndex(string index, string value) => [.. documents.ByIndex(index, value).Select(document => document.Deserialize<T>())];

    public IReadOnlyList<NamespacedName> KeysByIndex(string index, string value) => documents.KeysByIndex(index, value);

    public Task WaitForSyncAsync(CancellationToken ct = default) => documents.WaitForSyncAsync(ct);

    public Task RunAsync(CancellationToken ct) => documents.RunAsync(ct);

    public void AddIndex(string name, Func<T, IEnumerable<string>> values) => documents.AddIndex(name, document => values(ReadOnce(document)));

    public void OnChange(Action<InformerChange<T>> handler) => documents.OnChange(change => handler(new(
        change.Key, change.Old is { } old ? ReadOnce(old) : null, change.New is { } item ? ReadOnce(item) : null)));

    /// <summary>Indexes and handlers all look at the same change: the instances of the last few are kept for them.</summary>
    private T ReadOnce(KubernetesDocument document)
    {
        lock (_gate)
        {
            foreach (var (known, entity) in _recent)
            {
                if (ReferenceEquals(known, document))
                {
                    return entity;
                }
            }

            var read = document.Deserialize<T>();
            _recent.Enqueue((document, read));
            if (_recent.Count > RecentlyRead)
            {
                _recent.Dequeue();
            }

            return read;
        }
    }
}
