using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>
/// Speaks with one API server. Refusals are <see cref="KubernetesException"/>, silence is <see cref="KubernetesConnectionException"/>.
/// Where the API server asks for patience (429, 503 with Retry-After) a request is repeated a few times before it fails.
/// The namespace is null for kinds that live in the cluster; for lists and watches null means all namespaces.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>Reads an object; null when it is not there. A kind that is not served is an error: its objects may be there.</summary>
    Task<T?> GetAsync<T>(string name, string? ns = null, CancellationToken ct = default) where T : KubernetesEntity;

    /// <summary>Reads an object of any kind in the caller's form; null when it is not there.</summary>
    Task<T?> GetAsync<T>(ResourceType type, string? ns, string name, ItemDecoder<T> decode, CancellationToken ct = default) where T : class;

    /// <summary>Creates an object; a conflict when one of that name exists.</summary>
    Task<T> CreateAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity;

    /// <summary>Creates an object of any kind, given as UTF-8 JSON; refused when one of that name exists. Cheaper than an apply, and never touches another's object.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The object's name, as <paramref name="json"/> has it.</param>
    /// <param name="json">The object, with <c>apiVersion</c> and <c>kind</c>.</param>
    /// <param name="fieldManager">Our name as an owner of fields.</param>
    /// <param name="ct">Stops waiting.</param>
    Task<AppliedObject> CreateAsync(
        ResourceType type, string? ns, string name, ReadOnlyMemory<byte> json, string fieldManager, CancellationToken ct = default);

    /// <summary>Asks whether an object could be created: all decide, admission too, and nothing is stored.</summary>
    /// <returns>What would have been stored.</returns>
    Task<T> DryRunAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity;

    /// <summary>Replaces an object; a conflict when it has another version than <paramref name="entity"/>.</summary>
    Task<T> UpdateAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity;

    /// <summary>
    /// Replaces an object's status and nothing else; a conflict when it has another version than <paramref name="entity"/>.
    /// </summary>
    Task<T> UpdateStatusAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity;

    /// <summary>Changes a part of an object.</summary>
    /// <param name="name">The object.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="patch">The change.</param>
    /// <param name="subresource">Such as <c>status</c>; null is the object itself.</param>
    /// <param name="fieldManager">Who makes the change; an apply needs one.</param>
    /// <param name="ct">Stops waiting.</param>
    Task<T> PatchAsync<T>(
        string name, string? ns, V1Patch patch, string? subresource = null, string? fieldManager = null, CancellationToken ct = default)
        where T : KubernetesEntity;

    /// <summary>Changes a part of an object of any kind.</summary>
    Task<AppliedObject> PatchAsync(
        ResourceType type, string? ns, string name, V1Patch patch, string? subresource = null, string? fieldManager = null,
        CancellationToken ct = default);

    /// <summary>Server-side apply of an object of any kind, given as UTF-8 JSON. The cheapest write: the answer is not decoded.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The object.</param>
    /// <param name="json">All fields that we want, with <c>apiVersion</c> and <c>kind</c>.</param>
    /// <param name="fieldManager">Our name as an owner of fields.</param>
    /// <param name="force">Whether to take fields over from other managers.</param>
    /// <param name="ct">Stops waiting.</param>
    Task<AppliedObject> ApplyAsync(
        ResourceType type, string? ns, string name, ReadOnlyMemory<byte> json, string fieldManager, bool force,
        CancellationToken ct = default);

    /// <summary>
    /// Deletes an object; false when it is not there; a conflict when a condition in <paramref name="options"/> does not hold.
    /// </summary>
    Task<bool> DeleteAsync<T>(string name, string? ns = null, V1DeleteOptions? options = null, CancellationToken ct = default)
        where T : KubernetesEntity;

    /// <summary>Deletes an object of any kind.</summary>
    Task<bool> DeleteAsync(ResourceType type, string? ns, string name, V1DeleteOptions? options = null, CancellationToken ct = default);

    /// <summary>
    /// Lists page by page, holding one page at most. When a list takes so long that its snapshot expires, it goes on from the newest state;
    /// where the API server does not offer that, it starts over, and objects may be seen twice.
    /// </summary>
    IAsyncEnumerable<T> ListAsync<T>(string? ns = null, ListOptions? options = null, CancellationToken ct = default)
        where T : KubernetesEntity;

    /// <summary>Lists objects of any kind in the caller's form.</summary>
    IAsyncEnumerable<T> ListAsync<T>(
        ResourceType type, string? ns, ItemDecoder<T> decode, ListOptions? options = null, CancellationToken ct = default);

    /// <summary>Reads one page, handing over each item as it arrives; nothing of the page is kept.</summary>
    /// <returns>The list's version and where the next page begins.</returns>
    Task<ListPage> ListPageAsync(
        ResourceType type, string? ns, ListOptions options, string? continueToken, ListItemHandler onItem, CancellationToken ct = default);

    /// <summary>
    /// Tells what happens after a version. Ends quietly after 5 to 10 minutes, as the API server likes; then watch again.
    /// </summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ResourceType type, string? ns, string resourceVersion, ItemDecoder<T> decode, ListOptions? options = null,
        CancellationToken ct = default);

    /// <summary>Reads something that is no object, such as <c>/version</c> or <c>/apis/apps/v1</c>; null when it is not there.</summary>
    Task<T?> GetPathAsync<T>(string path, CancellationToken ct = default) where T : class;
}
