using McpOperator.Objects;

namespace McpOperator.Admission;

/// <summary>What came out of a review.</summary>
/// <param name="Violations">Broken rules; any of them refuses the request.</param>
/// <param name="Warnings">What the requester should know though the request is accepted.</param>
public sealed record Verdict(IReadOnlyList<Violation> Violations, IReadOnlyList<Violation> Warnings)
{
    /// <summary>Nothing to say.</summary>
    public static Verdict Accepted { get; } = new([], []);

    /// <summary>Whether no rule is broken.</summary>
    public bool IsAccepted => Violations.Count == 0;
}

/// <summary>All rules about one kind, and which of them an operation concerns.</summary>
/// <typeparam name="T">The kind.</typeparam>
public sealed record PolicySet<T> where T : KubernetesEntity
{
    /// <summary>Rules about who says what: they hold for every write of the object.</summary>
    public IReadOnlyList<IPolicy<Review<T>>> Always { get; init; } = [];

    /// <summary>Rules about the spec: they hold for every write that changes it.</summary>
    public IReadOnlyList<IPolicy<Review<T>>> Spec { get; init; } = [];

    /// <summary>Rules about the spec that are told and not enforced.</summary>
    public IReadOnlyList<IPolicy<Review<T>>> Warnings { get; init; } = [];

    /// <summary>Rules about deletions.</summary>
    public IReadOnlyList<IPolicy<Review<T>>> Deletion { get; init; } = [];

    /// <summary>
    /// Runs the rules that concern a request. A write of metadata alone (a label, a finalizer) is not held up by rules about a spec
    /// that stands already, and an object that is being deleted is held up by nothing: its deletion could hang for ever.
    /// </summary>
    public Verdict Check(Review<T> review)
    {
        if (review.Operation == Operation.Delete)
        {
            return new(Deletion.Check(review), []);
        }

        if (review.New.Metadata.DeletionTimestamp is not null)
        {
            return Verdict.Accepted;
        }

        return review.ConcernsSpec
            ? new([.. Spec.Check(review), .. Always.Check(review)], Warnings.Check(review))
            : new(Always.Check(review), []);
    }
}

/// <summary>Runs lists of rules.</summary>
public static class PolicyLists
{
    /// <summary>The ways in which <paramref name="policies"/> are broken.</summary>
    public static IReadOnlyList<Violation> Check<T>(this IEnumerable<IPolicy<Review<T>>> policies, Review<T> review) where T : KubernetesEntity =>
        [.. policies.SelectMany(policy => policy.Check(review))];
}
