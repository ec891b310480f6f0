using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Webhooks.Reviews;

/// <summary>Writes answers.</summary>
internal static class AdmissionWriter
{
    /// <summary>The API server cuts longer warnings.</summary>
    private const int LongestWarning = 256;

    /// <summary>The answer to a question about a change.</summary>
    public static byte[] Write(AdmissionRequest request, Verdict verdict) => Write(request, new JsonObject
    {
        ["uid"] = request.Uid,
        ["allowed"] = verdict.IsAccepted,
        ["status"] = verdict.IsAccepted ? null : KubernetesJson.SerializeToNode(StatusOf(request, verdict.Violations)),
        ["warnings"] = verdict.Warnings.Count == 0 ? null : new JsonArray([.. verdict.Warnings.Select(w => JsonValue.Create(Short(w.ToString())))]),
    });

    /// <summary>The answer of a webhook that changes objects.</summary>
    public static byte[] Write(AdmissionRequest request, JsonArray patch) => Write(request, new JsonObject
    {
        ["uid"] = request.Uid,
        ["allowed"] = true,
        ["patchType"] = patch.Count == 0 ? null : "JSONPatch",
        ["patch"] = patch.Count == 0 ? null : Convert.ToBase64String(KubernetesJson.SerializeToUtf8Bytes(patch)),
    });

    private static byte[] Write(AdmissionRequest request, JsonObject response)
    {
        foreach (var absent in response.Where(p => p.Value is null).Select(p => p.Key).ToList())
        {
            response.Remove(absent);
        }

        return KubernetesJson.SerializeToUtf8Bytes(new JsonObject { ["apiVersion"] = AdmissionReader.ApiVersion, ["kind"] = "AdmissionReview", ["response"] = response });
    }

    /// <summary>
    /// The first reason stands for all in the place where clients look for one; every violation is there with its field.
    /// </summary>
    private static V1Status StatusOf(AdmissionRequest request, IReadOnlyList<Violation> violations)
    {
        var kind = request.Kind.Split('/');
        return new V1Status
        {
            Status = "Failure",
            Code = CodeOf(violations[0].Reason),
            Reason = violations[0].Reason,
            Message = string.Join(" ", violations),
            Details = new()
            {
                Name = request.Name,
                Group = kind[0],
                Kind = kind[2],
                Causes = [.. violations.Select(v => new V1StatusCause { Reason = v.Reason, Message = v.Message, Field = v.Field })],
            },
        };
    }

    /// <summary>What is wrong in the object can be put right in it (422); what the requester may not have or do is forbidden (403).</summary>
    private static int CodeOf(string reason) => reason is Reasons.QuotaExceeded or Reasons.StillInUse or Reasons.StampForged or Reasons.ReviewerNotAllowed or Reasons.ReviewerIsAuthor ? 403 : 422;

    private static string Short(string text) => text.Length <= LongestWarning ? text : text[..(LongestWarning - 1)] + "…";
}
