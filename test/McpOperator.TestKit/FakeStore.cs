using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.TestKit;

/// <summary>What happened to an object, as watches tell it.</summary>
public sealed record FakeEvent(long Version, ResourceType Type, string Kind, JsonObject Item);

/// <summary>
/// The state of a fake API server: optimistic locking, generations, the status subresource, finalizers, garbage collection by owner, and
/// the history
/// that watches read. A write that changes nothing leaves no trace.
/// </summary>
public sealed class FakeStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ResourceType, SortedDictionary<string, JsonObject>> _objects = [];
    private readonly Dictionary<ResourceType, Func<JsonObject, JsonObject>> _answers = [];
    private readonly Dictionary<(string Uid, string Manager), JsonObject> _applied = [];
    private readonly List<FakeEvent> _history = [];
    private long _version = 100;
    private long _compacted;

    /// <summary>Called under the store's lock for each event.</summary>
    internal Action<FakeEvent>? OnEvent { get; set; }

    /// <summary>The newest version.</summary>
    public long Version => Locked(() => _version);

    /// <summary>The kinds that are served.</summary>
    public IReadOnlyList<ResourceType> Types => Locked(() => _objects.Keys.ToArray());

    /// <summary>Begins to serve kinds.</summary>
    public void Serve(params ResourceType[] types) => Locked(() => types.All(t => _objects.TryAdd(t, new(StringComparer.Ordinal))));

    /// <summary>Begins to serve a kind whose objects are answered and never stored, such as reviews of access.</summary>
    public void Answer(ResourceType type, Func<JsonObject, JsonObject> answer) => Locked(() => _objects.TryAdd(type, new(StringComparer.Ordinal)) | _answers.TryAdd(type, answer));

    /// <summary>Ceases to serve a kind; its objects go.</summary>
    public void StopServing(ResourceType type) => Locked(() => _objects.Remove(type));

    /// <summary>Forgets the history: watches and lists that began before now get 410.</summary>
    public void Compact() => Locked(() =>
    {
        // A version of its own, as other objects' writes would make one.
        _compacted = ++_version;
        _history.Clear();
        return true;
    });

    /// <summary>An object, or null.</summary>
    public JsonObject? Find(ResourceType type, string? ns, string name) =>
        Locked(() => Kind(type).GetValueOrDefault(Key(ns, name))?.DeepClone().AsObject());

    /// <summary>All objects of a kind, in the order of their names.</summary>
    public IReadOnlyList<JsonObject> All(ResourceType type) => Locked(() => Kind(type).Values.Select(v => v.DeepClone().AsObject()).ToArray());

    /// <summary>Puts an object in its place, created or replaced, status included, whatever its version.</summary>
    public JsonObject Put(KubernetesEntity entity) => Put(ResourceType.Of(entity.GetType()), KubernetesJson.SerializeToNode(entity).AsObject());

    /// <summary>Puts an object in its place, created or replaced, status included, whatever its version.</summary>
    public JsonObject Put(ResourceType type, JsonObject item) => Locked(() =>
    {
        var (ns, name) = Name(item);
        return Kind(type).TryGetValue(Key(ns, name), out var old) ? Save(type, old, item) : Insert(type, item);
    });

    /// <summary>Deletes an object as a client would.</summary>
    public bool Delete(ResourceType type, string? ns, string name) => Locked(() => Find(type, ns, name) is not null && Remove(type, ns, name, null) is not null);

    internal T Locked<T>(Func<T> action)
    {
        lock (_gate)
        {
            return action();
        }
    }

    /// <summary>What happened since a version; 410 when that is forgotten.</summary>
    internal IEnumerable<FakeEvent> Since(ResourceType type, long version) => version < _compacted
        ? throw FakeApiException.Expired()
        : _history.Where(e => e.Type == type && e.Version > version);

    /// <summary>A page of a list, the place of the next, and the list's version.</summary>
    internal (List<JsonObject> Items, string? Continue) Page(ResourceType type, string? ns, FakeSelector selector, int limit, string? token)
    {
        var (after, began) = token?.Split('|', 2) is [var v, var k] ? (k, long.Parse(v)) : ("", _version);
        if (began < _compacted)
        {
            throw FakeApiException.Expired($"{_version}|{after}");
        }

        var rest = Kind(type).Where(e => string.CompareOrdinal(e.Key, after) > 0 && (string.IsNullOrEmpty(ns) || Name(e.Value).Namespace == ns))
            .Where(e => selector.Matches(e.Value)).Take(limit + 1).ToList();
        var page = rest.Take(limit).ToList();
        return (page.ConvertAll(e => e.Value), rest.Count > limit ? $"{began}|{page[^1].Key}" : null);
    }

    internal JsonObject Get(ResourceType type, string? ns, string name) =>
        Kind(type).GetValueOrDefault(Key(ns, name)) ?? throw FakeApiException.NotFound($"{type} \"{name}\"");

    internal JsonObject Create(ResourceType type, string? ns, JsonObject item)
    {
        if (_answers.TryGetValue(type, out var answer))
        {
            return answer(item);
        }

        var name = Name(item).Name;
        if (Kind(type).ContainsKey(Key(ns, name)))
        {
            throw new FakeApiException(409, "AlreadyExists", $"{type} \"{name}\" already exists");
        }

        return Insert(type, item);
    }

    internal JsonObject Replace(ResourceType type, string? ns, string name, string? subresource, JsonObject item)
    {
        var old = Get(type, ns, name);
        if (item["metadata"]?["resourceVersion"]?.GetValue<string>() is { } version && version != VersionOf(old))
        {
            throw FakeApiException.Conflict($"{type} \"{name}\"");
        }

        return Write(type, old, item, subresource);
    }

    internal JsonObject Patch(ResourceType type, string? ns, string name, string? subresource, Func<JsonObject, JsonObject> change)
    {
        var old = Get(type, ns, name);
        var item = change(old.DeepClone().AsObject());
        return Replace(type, ns, name, subresource, item);
    }

    internal JsonObject Apply(ResourceType type, string? ns, string name, string? subresource, string manager, JsonObject wanted)
    {
        var old = Kind(type).GetValueOrDefault(Key(ns, name));
        if (old is null)
        {
            old = Insert(type, WithManager(wanted.DeepClone().AsObject(), manager));
        }
        else
        {
            var before = _applied.GetValueOrDefault((Uid(old), manager + subresource));
            old = Write(type, old, WithManager(FakeJson.Apply(old.DeepClone().AsObject(), before, wanted), manager), subresource);
        }

        _applied[(Uid(old), manager + subresource)] = wanted.DeepClone().AsObject();
        return old;
    }

    internal JsonObject? Remove(ResourceType type, string? ns, string name, JsonNode? preconditions)
    {
        var old = Get(type, ns, name);
        if ((preconditions?["uid"]?.GetValue<string>() is { } uid && uid != Uid(old))
            || (preconditions?["resourceVersion"]?.GetValue<string>() is { } version && version != VersionOf(old)))
        {
            throw FakeApiException.Conflict($"{type} \"{name}\": precondition failed");
        }

        if (old["metadata"]!["finalizers"] is JsonArray { Count: > 0 })
        {
            var marked = old.DeepClone().AsObject();
            marked["metadata"]!["deletionTimestamp"] ??= "2030-01-01T00:00:00Z";
            return Save(type, old, marked);
        }

        Erase(type, ns, name, old);
        return old;
    }

    internal SortedDictionary<string, JsonObject> Kind(ResourceType type) =>
        _objects.GetValueOrDefault(type) ?? throw FakeApiException.NotServed();

    private JsonObject Write(ResourceType type, JsonObject old, JsonObject item, string? subresource)
    {
        var result = (subresource is null ? item : old).DeepClone().AsObject();
        if ((subresource is null ? old : item)["status"] is { } status)
        {
            result["status"] = status.DeepClone();
        }
        else
        {
            result.Remove("status");
        }

        return Save(type, old, result);
    }

    private JsonObject Insert(ResourceType type, JsonObject item)
    {
        var saved = item.DeepClone().AsObject();
        saved["apiVersion"] = type.ApiVersion;
        saved["kind"] = type.Kind;
        var metadata = saved["metadata"]!.AsObject();
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["generation"] = 1;
        metadata["creationTimestamp"] = "2030-01-01T00:00:00Z";
        return Keep(type, saved, "ADDED");
    }

    private JsonObject Save(ResourceType type, JsonObject old, JsonObject item)
    {
        var saved = item.DeepClone().AsObject();
        foreach (var field in new[] { "uid", "resourceVersion", "generation", "creationTimestamp" })
        {
            saved["metadata"]![field] = old["metadata"]![field]?.DeepClone();
        }

        if (JsonNode.DeepEquals(old, saved))
        {
            return old;
        }

        if (!JsonNode.DeepEquals(Desired(old), Desired(saved)))
        {
            saved["metadata"]!["generation"] = old["metadata"]!["generation"]!.GetValue<int>() + 1;
        }

        var kept = Keep(type, saved, "MODIFIED");
        if (kept["metadata"]!["deletionTimestamp"] is not null && kept["metadata"]!["finalizers"] is not JsonArray { Count: > 0 })
        {
            var (ns, name) = Name(kept);
            Erase(type, ns, name, kept);
        }

        return kept;
    }

    private JsonObject Keep(ResourceType type, JsonObject item, string kind)
    {
        item["metadata"]!["resourceVersion"] = (++_version).ToString();
        var (ns, name) = Name(item);
        Kind(type)[Key(ns, name)] = item;
        Tell(new(_version, type, kind, item));
        return item;
    }

    private void Erase(ResourceType type, string? ns, string name, JsonObject old)
    {
        Kind(type).Remove(Key(ns, name));
        var gone = old.DeepClone().AsObject();
        gone["metadata"]!["resourceVersion"] = (++_version).ToString();
        Tell(new(_version, type, "DELETED", gone));
        Collect(Uid(old));
    }

    /// <summary>Deletes those that the deleted one owned alone.</summary>
    private void Collect(string uid)
    {
        bool IsOrphan(JsonObject item) => item["metadata"]!["ownerReferences"] is JsonArray { Count: > 0 } owners
            && owners.All(o => o!["uid"]!.GetValue<string>() == uid);
        foreach (var (type, items) in _objects.ToArray())
        {
            foreach (var item in items.Values.Where(IsOrphan).ToArray())
            {
                var (ns, name) = Name(item);
                Remove(type, ns, name, null);
            }
        }
    }

    private void Tell(FakeEvent e)
    {
        _history.Add(e);
        OnEvent?.Invoke(e);
    }

    private static JsonObject Desired(JsonObject item)
    {
        var desired = item.DeepClone().AsObject();
        desired.Remove("metadata");
        desired.Remove("status");
        return desired;
    }

    private static JsonObject WithManager(JsonObject item, string manager)
    {
        item["metadata"]!["managedFields"] = new JsonArray(new JsonObject { ["manager"] = manager, ["operation"] = "Apply" });
        return item;
    }

    private static string Key(string? ns, string name) => $"{ns}/{name}";

    private static string Uid(JsonObject item) => item["metadata"]!["uid"]!.GetValue<string>();

    private static string VersionOf(JsonObject item) => item["metadata"]!["resourceVersion"]!.GetValue<string>();

    private static (string? Namespace, string Name) Name(JsonObject item) =>
        (item["metadata"]!["namespace"]?.GetValue<string>(), item["metadata"]!["name"]!.GetValue<string>());
}
