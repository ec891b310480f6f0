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

    private static bool Is(JsonElement entry, string property, string value) => entry.TryGetProperty(property, out var found) && found.ValueEquals(value);
}
