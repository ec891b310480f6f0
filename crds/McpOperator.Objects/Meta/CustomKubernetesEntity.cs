namespace McpOperator.Objects;

/// <summary>A custom resource with a desired state and an observed one (KubeOps' base type of this name).</summary>
/// <typeparam name="TSpec">What the user asks for.</typeparam>
/// <typeparam name="TStatus">What the operator found.</typeparam>
public abstract record CustomKubernetesEntity<TSpec, TStatus> : KubernetesEntity
    where TSpec : class
    where TStatus : class, new()
{
    /// <summary>What the user asks for.</summary>
    public required TSpec Spec { get; init; }

    /// <summary>What the operator found; written through the status subresource only.</summary>
    public TStatus Status { get; init; } = new();
}
