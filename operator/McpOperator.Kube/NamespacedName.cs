namespace McpOperator.Kube;

/// <summary>Names one object of a kind.</summary>
/// <param name="Namespace">The namespace; empty for cluster-scoped objects.</param>
/// <param name="Name">The name within the namespace.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    public static NamespacedName Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new("", text) : new(text[..slash], text[(slash + 1)..]);
    }

    /// <summary><c>namespace/name</c>, or <c>name</c> alone for cluster-scoped objects.</summary>
    public override string ToString() => string.IsNullOrEmpty(Namespace) ? Name : $"{Namespace}/{Name}";
}
