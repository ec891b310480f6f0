namespace McpOperator.Kube;

/// <summary>
/// What a <see cref="KubernetesDocument"/> leaves out. <c>metadata.managedFields</c> and the annotation of client-side apply are left out
/// always:
/// they are often half of an object, and nobody reads them.
/// </summary>
public sealed record DocumentOptions
{
    /// <summary>Leaves out what is always left out, and nothing else.</summary>
    public static DocumentOptions Default { get; } = new();

    /// <summary>Top-level fields to leave out, such as <c>status</c>.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Top-level objects whose keys stay and whose values become <c>""</c>, such as a Secret's <c>data</c>.</summary>
    public IReadOnlyList<string> Blank { get; init; } = [];
}
