using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>
/// Children are created by POST, which cannot touch another's object and costs the API server a third less than an apply. The API server then
/// files their fields under "updated by us", and a later apply that leaves a field out would not remove it. Before the first apply the entry
/// is therefore renamed to "applied by us". Source: client-go, <c>util/csaupgrade</c>.
/// </summary>
internal static class FieldOwnership
{
    /// <summary>The patch that renames the entry; nothing when it has its name already.</summary>
    /// <param name="live">The object with its <c>managedFields</c>.</param>
    /// <param name="manager">Our field manager.</param>
    public static V1Patch? TakeOver(JsonElement live, string manager)
    {
        var metadata = live.GetProperty("metadata");
        if (!metadata.TryGetProperty("managedFields", out var entries))
        {
            return null;
        }

        var ours = entries.EnumerateArray().Index().Where(e => Is(e.Item, "manager", manager) && !e.Item.TryGetProperty("subresource", out _)).ToList();
        if (ours.Any(e => Is(e.Item, "operation", "Apply")) || ours is not [var (index, _), ..])
        {
            return null;
        }

        return V1Patch.Json(KubernetesJson.SerializeToUtf8Bytes(new JsonArray(
            new JsonObject { ["op"] = "replace", ["path"] = $"/metadata/managedFields/{index}/operation", ["value"] = "Apply" },
            // Makes it a conflict if somebody wrote in between: the index would point elsewhere.
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = metadata.GetProperty("resourceVersion").GetString() })));
    }

    /// <summary>
    /// The patch that makes ours whatever lies beside our fields (in the spec, the rules …), whoever set it. To be sent before a child is put
    /// right: an apply removes only what nobody else owns, so an added port, rule or container would outlive it. Metadata, status and what
    /// we say nothing about, such as an account's tokens, stay with their owners.
    /// </summary>
    /// <param name="live">The object with its <c>managedFields</c>.</param>
    /// <param name="manager">Our field manager.</param>
    public static V1Patch? TakeAll(JsonElement live, string manager)
    {
        var metadata = live.GetProperty("metadata");
        if (!metadata.TryGetProperty("managedFields", out var entries))
        {
            return null;
        }

        var all = JsonSerializer.SerializeToNode(entries)!.AsArray().Select(e => e!.AsObject()).ToList();
        var ours = all.FirstOrDefault(e => (string?)e["manager"] == manager && (string?)e["operation"] == "Apply" && e["subresource"] is null)
            ?? all.FirstOrDefault(e => (string?)e["manager"] == manager && e["subresource"] is null);
        if (ours?["fieldsV1"] is not JsonObject owned)
        {
            return null;
        }

        ours["operation"] = "Apply";
        foreach (var other in all.Where(e => e != ours && e["subresource"] is null).ToList())
        {
            var fields = other["fieldsV1"]?.AsObject() ?? [];
            foreach (var (name, value) in fields.Where(f => f.Key is not ("f:metadata" or "f:status") && owned.ContainsKey(f.Key)).ToList())
            {
                fields.Remove(name);
                Unite(owned, name, value);
            }

            if (fields.Count == 0)
            {
                all.Remove(other);
            }
        }

        return V1Patch.Json(KubernetesJson.SerializeToUtf8Bytes(new JsonArray(
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/managedFields", ["value"] = new JsonArray([.. all.Select(e => e.DeepClone())]) },
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = metadata.GetProperty("resourceVersion").GetString() })));
    }

    private static void Unite(JsonObject into, string name, JsonNode? value)
    {
        if (into[name] is JsonObject known && value is JsonObject more)
        {
            foreach (var (inner, deeper) in more.ToList())
            {
                Unite(known, inner, deeper);
            }
        }
        else if (!into.ContainsKey(name))
        {
            into[name] = value?.DeepClone();
        }
    }

    private static bool Is(JsonElement entry, string property, string value) => entry.TryGetProperty(property, out var found) && found.ValueEquals(value);
}
