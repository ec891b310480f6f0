using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Admission;

/// <summary>
/// Who changed a server or a tool configuration, and who decided about a server, as annotations. They are a function of the request, so that
/// the mutating webhook can write them and the validating one can find a forged or a missing one.
/// </summary>
public static class Stamps
{
    private const int MostAuthors = 64;

    /// <summary>The stamps that a server has to have after a request; nothing stands for none.</summary>
    public static IReadOnlyList<(string Annotation, string? Value)> Of(Review<MCPServer> review)
    {
        var status = review.Old?.Status ?? new();
        var isSettled = status.Pending is null && status.ObservedGeneration == review.Old?.Metadata.Generation;
        var (decision, by) = (On(review.New, Annotations.Decision), On(review.Old, Annotations.DecidedBy));
        var isNew = IsDecided(review);
        var decided = review.New with { Metadata = review.New.Metadata with { Annotations = With(review.New.Metadata.Annotations, Annotations.DecidedBy, review.Requester) } };
        return
        [
            (Annotations.ChangedBy, ChangedBy(review, isSettled)),
            (Annotations.DecidedBy, decision is null ? null : isNew ? review.Requester : by),
            (Annotations.DecisionSeal, decision is null ? null : !isNew ? On(review.Old, Annotations.DecisionSeal) : review.SealKey is { } key ? DecisionSeal.Of(key.Span, decided, status) : null),
        ];
    }

    /// <summary>The stamps that a tool configuration has to have after a request.</summary>
    public static IReadOnlyList<(string Annotation, string? Value)> Of(Review<MCPToolConfig> review) =>
        [(Annotations.ChangedBy, ChangedBy(review, review.Old?.Status.ObservedGeneration == review.Old?.Metadata.Generation))];

    /// <summary>Stamps that an object bears and should not, or the other way round.</summary>
    public static IEnumerable<Violation> Forged<T>(Review<T> review, IReadOnlyList<(string Annotation, string? Value)> stamps) where T : KubernetesEntity =>
        // Where nobody asks, in a reconcile or a file, there is nobody to compare with.
        (review.Requester is null ? [] : stamps)
            .Select(stamp => (stamp.Annotation, stamp.Value, Found: On(review.New, stamp.Annotation)))
            .Where(stamp => stamp.Found != stamp.Value)
            .Select(stamp => new Violation(
                $"metadata.annotations[{stamp.Annotation}]", Reasons.StampForged,
                $"is '{stamp.Found}' and has to be {(stamp.Value is null ? "absent" : $"'{stamp.Value}'")}: admission writes it and nobody else. If you did not, the operator's mutating webhook is missing; reinstall it."));

    /// <summary>Whether a request decides about a server: it brings a decision, another one, or another reason for it.</summary>
    public static bool IsDecided<T>(Review<T> review) where T : KubernetesEntity =>
        On(review.New, Annotations.Decision) is not null
        && (On(review.New, Annotations.Decision) != On(review.Old, Annotations.Decision) || On(review.New, Annotations.DecisionReason) != On(review.Old, Annotations.DecisionReason));

    /// <summary>Who changed an object since its changes were last settled.</summary>
    public static IReadOnlyList<string> AuthorsOf(KubernetesEntity entity) => On(entity, Annotations.ChangedBy)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>A second author must not cover up the first: as long as a change is not settled, its author stays on the list.</summary>
    private static string? ChangedBy<T>(Review<T> review, bool isSettled) where T : KubernetesEntity
    {
        if (!review.SpecChanged)
        {
            return On(review.Old, Annotations.ChangedBy);
        }

        var before = review.Old is null || isSettled ? [] : AuthorsOf(review.Old);
        return review.Requester is { } requester ? string.Join('\n', before.Where(author => author != requester).Append(requester).TakeLast(MostAuthors)) : null;
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string>? annotations, string name, string? value)
    {
        var all = (annotations ?? new Dictionary<string, string>()).ToDictionary();
        all[name] = value ?? "";
        return all;
    }

    private static string? On(KubernetesEntity? entity, string annotation) => entity?.Metadata.Annotations?.GetValueOrDefault(annotation);
}
