namespace McpOperator.Reconcilers.Versions;

/// <summary>The key with which admission seals decisions, and by which the reconcile tells that it did.</summary>
public interface IDecisionKey
{
    /// <summary>The key; nothing where there are no webhooks, so that no decision can be believed.</summary>
    ReadOnlyMemory<byte>? Current { get; }
}
