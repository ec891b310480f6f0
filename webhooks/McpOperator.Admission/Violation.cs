namespace McpOperator.Admission;

/// <summary>A broken rule.</summary>
/// <param name="Field">The field, such as <c>spec.image</c>.</param>
/// <param name="Reason">One word for machines, from <see cref="Api.Reasons"/>.</param>
/// <param name="Message">What is wrong and how to put it right.</param>
public sealed record Violation(string Field, string Reason, string Message)
{
    /// <summary>The violation as a person reads it.</summary>
    public override string ToString() => $"{Field}: {Message}";
}

/// <summary>
/// A rule, named after the fact that breaks it. Rules are pure: the same list runs in the webhook, before every reconcile (so that a
/// webhook that was down lets nothing through) and in <c>mcp-operator check</c>. All run; none hides another.
/// </summary>
/// <typeparam name="TReview">What the rule looks at.</typeparam>
public interface IPolicy<in TReview>
{
    /// <summary>The ways in which the rule is broken.</summary>
    IEnumerable<Violation> Check(TReview review);
}
