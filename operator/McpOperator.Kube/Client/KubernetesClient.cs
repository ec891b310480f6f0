using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>The client. One instance serves the whole process: it keeps the connections.</summary>
public sealed class KubernetesClient : IKubernetesClient, IDisposable
{
    private readonly KubernetesTransport _transport;
    private readonly TimeProvider _time;

    /// <summary>Makes a client. Nothing is sent yet.</summary>
    /// <param name="config">Where to, and as whom.</param>
    /// <param name="time">The clock for time limits and pauses.</param>
    public KubernetesClient(KubernetesClientConfiguration config, TimeProvider? time = null)
    {
        Configuration = config;
        _time = time ?? TimeProvider.System;
        _transport = new(config, _time);
    }

    /// <summary>Where to, and as whom.</summary>
    public KubernetesClientConfiguration Configuration { get; }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    /// <inheritdoc/>
    public Task<T?> GetAsync<T>(string name, string? ns = null, CancellationToken ct = default) where T : KubernetesEntity =>
        GetAsync(ResourceType.Of<T>(), ns, name, ItemDecoders.Typed<T>(), ct);

    /// <inheritdoc/>
    public async Task<T?> GetAsync<T>(ResourceType type, string? ns, string name, ItemDecoder<T> decode, CancellationToken ct = default)
        where T : class
    {
        var request = new ApiRequest("get", HttpMethod.Get, ResourcePath.Of(type, ns, name), type.ToString(), What(ns, name));
        try
        {
            return await _transport.SendAsync(request, (body, token) => DecodeAsync(body, decode, token), ct);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<T?> GetPathAsync<T>(string path, CancellationToken ct = default) where T : class
    {
        var request = new ApiRequest("get", HttpMethod.Get, path, "paths", path);
        try
        {
            return await _transport.SendAsync(request, ReadJsonAsync<T>, ct);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsNotServed)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<T> CreateAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity => CreateAsync(entity, dryRun: null, ct);

    /// <inheritdoc/>
    public Task<T> DryRunAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity => CreateAsync(entity, "All", ct);

    /// <inheritdoc/>
    public Task<AppliedObject> CreateAsync(
        ResourceType type, string? ns, string name, ReadOnlyMemory<byte> json, string fieldManager, CancellationToken ct = default)
    {
        var path = ResourcePath.Query(ResourcePath.Of(type, ns), ("fieldManager", fieldManager));
        var request = new ApiRequest("create", HttpMethod.Post, path, type.ToString(), What(ns, name)) { Body = json };
        return _transport.SendAsync(request, ReadAppliedAsync, ct);
    }

    /// <inheritdoc/>
    public Task<T> UpdateAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity
    {
        var (type, ns, name) = (ResourceType.Of<T>(), entity.Metadata.NamespaceProperty, entity.Metadata.Name);
        return WriteAsync(entity, new ApiRequest("update", HttpMethod.Put, ResourcePath.Of(type, ns, name), type.ToString(), What(ns, name)), ct);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A patch, because API servers before 1.22 take whoever PUTs a status for the owner of the spec's fields that stand beside it; a field that
    /// is then removed from a manifest would stay. JSON Patch and not a merge, which would leave alone what the new status does not have.
    /// </remarks>
    public Task<T> UpdateStatusAsync<T>(T entity, CancellationToken ct = default) where T : KubernetesEntity
    {
        // A version that is not the stored one is a conflict, as with PUT. Sent as a test it would be another error.
        object version = new { op = "replace", path = "/metadata/resourceVersion", value = entity.Metadata.ResourceVersion };
        object status = new { op = "add", path = "/status", value = KubernetesJson.SerializeToNode(entity)["status"] };
        var patch = KubernetesJson.SerializeToUtf8Bytes(entity.Metadata.ResourceVersion is null ? [status] : (object[])[version, status]);
        return PatchAsync<T>(entity.Metadata.Name, entity.Metadata.NamespaceProperty, V1Patch.Json(patch), "status", fieldManager: null, ct);
    }

    /// <inheritdoc/>
    public Task<T> PatchAsync<T>(
        string name, string? ns, V1Patch patch, string? subresource = null, string? fieldManager = null, CancellationToken ct = default)
        where T : KubernetesEntity =>
        _transport.SendAsync(MakePatch(ResourceType.Of<T>(), ns, name, patch, subresource, fieldManager), ReadJsonAsync<T>, ct);

    /// <inheritdoc/>
    public Task<AppliedObject> PatchAsync(
        ResourceType type, string? ns, string name, V1Patch patch, string? subresource = null, string? fieldManager = null,
        CancellationToken ct = default) =>
        _transport.SendAsync(MakePatch(type, ns, name, patch, subresource, fieldManager), ReadAppliedAsync, ct);

    /// <inheritdoc/>
    public Task<AppliedObject> ApplyAsync(
        ResourceType type, string? ns, string name, ReadOnlyMemory<byte> json, string fieldManager, bool force,
        CancellationToken ct = default) =>
        PatchAsync(type, ns, name, V1Patch.Apply(json, force), null, fieldManager, ct);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync<T>(string name, string? ns = null, V1DeleteOptions? options = null, CancellationToken ct = default)
        where T : KubernetesEntity => DeleteAsync(ResourceType.Of<T>(), ns, name, options, ct);

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(
        ResourceType type, string? ns, string name, V1DeleteOptions? options = null, CancellationToken ct = default)
    {
        var request = new ApiRequest("delete", HttpMethod.Delete, ResourcePath.Of(type, ns, name), type.ToString(), What(ns, name))
        {
            Body = options is null ? default : Write(options),
        };
        try
        {
            return await _transport.SendAsync(request, DrainAsync, ct);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<T> ListAsync<T>(string? ns = null, ListOptions? options = null, CancellationToken ct = default)
        where T : KubernetesEntity => ListAsync(ResourceType.Of<T>(), ns, ItemDecoders.Typed<T>(), options, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<T> ListAsync<T>(
        ResourceType type, string? ns, ItemDecoder<T> decode, ListOptions? options = null,
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        options ??= new();
        var items = new List<T>();
        string? next = null;
        do
        {
            items.Clear();
            ListItemHandler take = utf8 => items.Add(decode(ObjectHeader.Read(utf8), utf8));
            try
            {
                next = (await ListPageAsync(type, ns, options, next, take, ct)).Continue;
            }
            catch (KubernetesException e) when (e.IsGone && !string.IsNullOrEmpty(next))
            {
                // The snapshot expired. The answer may hold a token that goes on from the newest state.
                next = e.Status.Metadata?.Continue;
                continue;
            }

            foreach (var item in items)
            {
                yield return item;
            }

            if (string.IsNullOrEmpty(next))
            {
                yield break;
            }
        }
        while (true);
    }

    /// <inheritdoc/>
    public Task<ListPage> ListPageAsync(
        ResourceType type, string? ns, ListOptions options, string? continueToken, ListItemHandler onItem, CancellationToken ct = default)
    {
        var path = ResourcePath.Query(
            ResourcePath.Of(type, ns),
            ("labelSelector", options.LabelSelector),
            ("fieldSelector", options.FieldSelector),
            ("limit", options.PageSize.ToString(CultureInfo.InvariantCulture)),
            ("continue", continueToken),
            // A continued list has its version from its first page.
            ("resourceVersion", string.IsNullOrEmpty(continueToken) ? options.ResourceVersion : null));
        var request = new ApiRequest("list", HttpMethod.Get, path, type.ToString(), ns ?? "");
        return _transport.SendAsync(
            request, async (body, token) => await new JsonListReader(onItem).ReadAsync(body, token), ct);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ResourceType type, string? ns, string resourceVersion, ItemDecoder<T> decode, ListOptions? options = null,
        CancellationToken ct = default)
    {
        // Spread, so that the watches of many kinds and many operators do not all end in the same second.
        var seconds = Random.Shared.Next(300, 600);
        var path = ResourcePath.Query(
            ResourcePath.Of(type, ns),
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", resourceVersion),
            ("timeoutSeconds", seconds.ToString(CultureInfo.InvariantCulture)),
            ("labelSelector", options?.LabelSelector),
            ("fieldSelector", options?.FieldSelector));
        var request = new ApiRequest("watch", HttpMethod.Get, path, type.ToString(), ns ?? "");
        return new WatchStream<T>(_transport, request, TimeSpan.FromSeconds(seconds + 30), decode, _time).ReadAsync(ct);
    }

    private Task<T> ReplaceAsync<T>(T entity, string? subresource, CancellationToken ct) where T : KubernetesEntity
    {
        var type = ResourceType.Of<T>();
        var (ns, name) = (entity.Metadata.NamespaceProperty, entity.Metadata.Name);
        var path = ResourcePath.Of(type, ns, name, subresource);
        return WriteAsync(entity, new ApiRequest("update", HttpMethod.Put, path, type.ToString(), What(ns, name)), ct);
    }

    private Task<T> CreateAsync<T>(T entity, string? dryRun, CancellationToken ct) where T : KubernetesEntity
    {
        var type = ResourceType.Of<T>();
        var ns = entity.Metadata.NamespaceProperty;
        if (type.Namespaced && string.IsNullOrEmpty(ns))
        {
            throw new ArgumentException($"{type} live in a namespace, and '{entity.Metadata.Name}' names none", nameof(entity));
        }

        return WriteAsync(entity, new ApiRequest(
            "create", HttpMethod.Post, ResourcePath.Query(ResourcePath.Of(type, ns), ("dryRun", dryRun)), type.ToString(), What(ns, entity.Metadata.Name)), ct);
    }

    private Task<T> WriteAsync<T>(T entity, ApiRequest request, CancellationToken ct) where T : KubernetesEntity =>
        _transport.SendAsync(request with { Body = KubernetesJson.SerializeToUtf8Bytes(entity) }, ReadJsonAsync<T>, ct);

    private static ApiRequest MakePatch(
        ResourceType type, string? ns, string name, V1Patch patch, string? subresource, string? fieldManager)
    {
        var isApply = patch.Type == V1Patch.PatchType.ApplyPatch;
        var path = ResourcePath.Query(
            ResourcePath.Of(type, ns, name, subresource),
            ("fieldManager", fieldManager),
            ("force", isApply && patch.Force ? "true" : null));
        return new(isApply ? "apply" : "patch", HttpMethod.Patch, path, type.ToString(), What(ns, name))
        {
            Body = patch.Content,
            ContentType = patch.ContentType,
        };
    }

    private static byte[] Write(V1DeleteOptions options) => KubernetesJson.SerializeToUtf8Bytes(new
    {
        apiVersion = "v1",
        kind = "DeleteOptions",
        propagationPolicy = options.PropagationPolicy,
        gracePeriodSeconds = options.GracePeriodSeconds,
        preconditions = options.Uid is null && options.ResourceVersion is null
            ? null
            : new { uid = options.Uid, resourceVersion = options.ResourceVersion },
    });

    private static string What(string? ns, string name) => string.IsNullOrEmpty(ns) ? name : $"{ns}/{name}";

    private static async ValueTask<T> ReadJsonAsync<T>(Stream body, CancellationToken ct) =>
        await JsonSerializer.DeserializeAsync<T>(body, KubernetesJson.Options, ct) ?? throw new JsonException("null");

    private static async ValueTask<T> DecodeAsync<T>(Stream body, ItemDecoder<T> decode, CancellationToken ct)
    {
        using var whole = await PooledBody.ReadAsync(body, ct);
        return decode(ObjectHeader.Read(whole.Span), whole.Span);
    }

    private static async ValueTask<AppliedObject> ReadAppliedAsync(Stream body, CancellationToken ct)
    {
        using var whole = await PooledBody.ReadAsync(body, ct);
        return ObjectHeader.ReadApplied(whole.Span);
    }

    /// <summary>Reads to the end, because only then the connection can be used again.</summary>
    private static async ValueTask<bool> DrainAsync(Stream body, CancellationToken ct)
    {
        using var whole = await PooledBody.ReadAsync(body, ct);
        return true;
    }
}
