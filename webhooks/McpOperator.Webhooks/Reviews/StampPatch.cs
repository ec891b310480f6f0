using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.Webhooks.Reviews;

/// <summary>The change that gives an object its stamps, whatever the client put there.</summary>
internal static class StampPatch
{
    /// <summary>JSON Patch operations; none when the object bears the right stamps.</summary>
    public static JsonArray For(KubernetesEntity item, IReadOnlyList<(string Annotation, string? Value)> stamps)
    {
        var patch = new JsonArray();
        var annotations = item.Metadata.Annotations;
        foreach (var (annotation, value) in stamps.Where(stamp => annotations?.GetValueOrDefault(stamp.Annotation) != stamp.Value))
        {
            if (annotations is null && patch.Count == 0)
            {
                patch.Add(new JsonObject { ["op"] = "add", ["path"] = "/metadata/annotations", ["value"] = new JsonObject() });
            }

            var path = "/metadata/annotations/" + annotation.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            patch.Add(value is null
                ? new JsonObject { ["op"] = "remove", ["path"] = path }
                : new JsonObject { ["op"] = "add", ["path"] = path, ["value"] = value });
        }

        return patch;
    }
}
