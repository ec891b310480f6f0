using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Webhooks.Reviews;

/// <summary>The change that gives a server its stamps, whatever the client put there.</summary>
internal static class StampPatch
{
    /// <summary>JSON Patch operations; none when the object bears the right stamps, or when the validating webhook will refuse it.</summary>
    public static JsonArray For(AdmissionRequest request)
    {
        var patch = new JsonArray();
        if (request.SubResource.Length > 0 || request.Operation == Operation.Delete || ObjectReader.IsBeingDeleted(request)
            || ObjectReader.Read<MCPServer>(request, out _) is not { } server)
        {
            return patch;
        }

        // Stamps depend on neither tenant nor configuration.
        var review = new Review<MCPServer>(server, "", new OperatorConfiguration())
        {
            Old = ObjectReader.ReadOld<MCPServer>(request),
            Operation = request.Operation,
            SpecChanged = request.SpecChanged,
            Requester = request.User,
        };
        var annotations = server.Metadata.Annotations;
        foreach (var (annotation, value) in Stamps.Of(review).Where(stamp => annotations?.GetValueOrDefault(stamp.Annotation) != stamp.Value))
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
