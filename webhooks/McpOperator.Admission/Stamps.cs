using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission;

/// <summary>
/// Who changed a server and who decided about it, as annotations. Both are a function of the request, so that the mutating webhook can
/// write them and the validating one can find a forged or a missing one.
/// </summary>
public static class Stamps
{
    /// <summary>The stamps that an object has to have after a request; nothing stands for none.</summary>
    public static IReadOnlyList<(string Annotation, string? Value)> Of(Review<MCPServer> review)
    {
        var (decision, decided) = (On(review.New, Annotations.Decision), On(review.Old, Annotations.Decision));
        return
        [
            (Annotations.ChangedBy, review.SpecChanged ? review.Requester : On(review.Old, Annotations.ChangedBy)),
            (Annotations.DecidedBy, decision is null ? null : decision != decided ? review.Requester : On(review.Old, Annotations.DecidedBy)),
        ];
    }

    private static string? On(MCPServer? server, string annotation) => server?.Metadata.Annotations?.GetValueOrDefault(annotation);
}
