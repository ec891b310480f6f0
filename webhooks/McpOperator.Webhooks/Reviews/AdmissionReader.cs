using System.Text.Json;
using System.Text.Unicode;
using McpOperator.Admission;

namespace McpOperator.Webhooks.Reviews;

/// <summary>
/// Reads an <c>AdmissionReview</c>. Strictly: a body that says something twice, or lacks what every API server sends, does not come
/// from one, and whatever it is meant to bring about is not done.
/// </summary>
internal static class AdmissionReader
{
    public const string ApiVersion = "admission.k8s.io/v1";

    /// <summary>
    /// Deeper than any object that we can use, so that one which is too deep is refused with its name and a reason; and shallow enough
    /// to be read without harm.
    /// </summary>
    private const int MaxDepth = 512;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>Reads a body. The document that is returned carries the request's objects and has to outlive them.</summary>
    /// <exception cref="AdmissionFormatException">It is no question.</exception>
    public static (AdmissionRequest Request, JsonDocument Document) Read(ReadOnlyMemory<byte> body)
    {
        // The parser passes over bytes that are no text, and fails when somebody asks for them.
        if (!Utf8.IsValid(body.Span))
        {
            throw new AdmissionFormatException("the body is no UTF-8");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Strict);
        }
        catch (JsonException e)
        {
            throw new AdmissionFormatException($"the body is no JSON that can be read without doubt: {e.Message}", e);
        }

        try
        {
            return (Read(document.RootElement), document);
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    private static AdmissionRequest Read(JsonElement review)
    {
        if (review.ValueKind != JsonValueKind.Object || Text(review, "kind") != "AdmissionReview" || Text(review, "apiVersion") != ApiVersion)
        {
            throw new AdmissionFormatException($"the body is no AdmissionReview of {ApiVersion}");
        }

        var request = Member(review, "request", JsonValueKind.Object) ?? throw Missing("request");
        var kind = Member(request, "kind", JsonValueKind.Object) ?? throw Missing("request.kind");
        var user = Member(request, "userInfo", JsonValueKind.Object) ?? throw Missing("request.userInfo");
        var operation = OperationOf(Required(request, "operation", "request.operation"));
        var (item, old) = (Member(request, "object", JsonValueKind.Object), Member(request, "oldObject", JsonValueKind.Object));
        return new AdmissionRequest
        {
            Uid = Required(request, "uid", "request.uid"),
            Kind = $"{Text(kind, "group")}/{Text(kind, "version")}/{Text(kind, "kind")}",
            SubResource = Text(request, "subResource") ?? "",
            Name = Text(request, "name") ?? "",
            Namespace = Text(request, "namespace") ?? "",
            Operation = operation,
            User = Required(user, "username", "request.userInfo.username"),
            UserInfo = user,
            DryRun = Flag(request, "dryRun"),
            New = operation == Operation.Delete ? old ?? throw Missing("request.oldObject") : item ?? throw Missing("request.object"),
            Old = operation == Operation.Update ? old ?? throw Missing("request.oldObject") : null,
        };
    }

    private static Operation OperationOf(string text) => text switch
    {
        "CREATE" => Operation.Create,
        "UPDATE" => Operation.Update,
        "DELETE" => Operation.Delete,
        _ => throw new AdmissionFormatException($"request.operation is '{text}', and only CREATE, UPDATE and DELETE are reviewed"),
    };

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw new AdmissionFormatException($"'{name}' is a {value.ValueKind} and has to be a {kind}");
    }

    private static string? Text(JsonElement parent, string name)
    {
        try
        {
            return Member(parent, name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new AdmissionFormatException($"'{name}' holds half of a surrogate pair", e);
        }
    }

    private static bool Flag(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new AdmissionFormatException($"'{name}' is a {value.ValueKind} and has to be true or false"),
        };

    private static string Required(JsonElement parent, string name, string path) =>
        Text(parent, name) is { Length: > 0 } text ? text : throw Missing(path);

    private static AdmissionFormatException Missing(string path) => new($"{path} is missing");
}
